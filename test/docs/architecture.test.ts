import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { presetChip } from "@rdu/chip";
import { printPlacement } from "@rdu/flow";
import { encodeModel } from "@rdu/onnx";
import { dump, joined } from "@rdu/pef";
import { compileSource, compileTo, load, modelSource, reference, timingOf } from "@rdu/sdk";
import { fromNumbers } from "@rdu/tensor";
import { expect, test } from "vitest";
import { float, model, node, tensor } from "../support/onnx-model.ts";
import { withTexts } from "./tables.ts";

const PAGE = new URL("../../docs/architecture.md", import.meta.url).pathname;

const weight = Float32Array.from({ length: 8 * 16 }, (_, index) => ((index * 7) % 17) / 8 - 1);
const nodes = [
  node("MatMul", ["x", "w"], ["h"], { name: "/fc/MatMul" }),
  node("Relu", ["h"], ["y"], { name: "/act/Relu" }),
];
const bytes = encodeModel(
  model({
    input: [float("x", 4, 8)],
    output: [float("y", 4, 16)],
    initializer: [tensor("w", { dims: [8, 16], rawData: new Uint8Array(weight.buffer) })],
    node: nodes,
  }),
);
const options = { chip: presetChip("mini-4x4") };

test("the life of a matrix product in docs/architecture.md is what the compiler says", async () => {
  const source = modelSource(bytes);
  const dumps = new Map<string, string>();
  compileTo(source, options, { dump: (file, text) => dumps.set(file.replace(/^\d+-/, ""), text) }, "placed");
  const { pieces, program } = compileSource(source, options);
  const x = fromNumbers(
    "float32",
    [4, 8],
    Float32Array.from({ length: 32 }, (_, index) => index / 16 - 1),
  );
  const loaded = await load(joined(pieces));
  const { outputs } = await loaded.run({ x });
  expect(outputs).toEqual(await reference(bytes, { x }));
  const timing = timingOf(program);
  const { y } = outputs;
  const text = withTexts(readFileSync(PAGE, "utf8"), {
    onnx: nodes
      .map(({ name, opType, input, output }) => inspect({ name, opType, input, output }, { breakLength: 100 }))
      .join("\n"),
    graph: dumps.get("infer-shapes.graph") ?? "",
    patterns: dumps.get("decompose.graph") ?? "",
    sections: dumps.get("cut-sections.graph") ?? "",
    flow: dumps.get("lower.flow") ?? "",
    placed: printPlacement(program.placement),
    pef: dump(joined(pieces)).split("\nprovenance")[0] ?? "",
    run: [
      `y = ${y !== undefined && "data" in y ? [...y.data.slice(0, 6)].join(", ") : ""}, ...`,
      `${timing.cycles} cycles in the section, ${timing.microseconds.total.toFixed(3)} us with its launch`,
      ...(timing.sections[0]?.timing.units ?? []).map(
        ({ unit, kind, busy, waits }) =>
          `${unit.padEnd(8)} ${kind.padEnd(8)} busy ${String(busy).padStart(3)}${waits[0] === undefined ? "" : `, waits on ${waits[0].on} for ${waits[0].cycles}`}`,
      ),
    ].join("\n"),
  });
  await expect(text).toMatchFileSnapshot(PAGE);
});
