import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel } from "@rdu/compiler";
import { OPTIMIZE_LEVELS, type Precision } from "@rdu/fusion";
import { joined } from "@rdu/pef";
import { compile, load, readDataFolder, rememberedPrecision, type Value, verify } from "@rdu/sdk";
import { fromNumbers, isTensor, toNumbers } from "@rdu/tensor";
import { describe, expect, test } from "vitest";

const MODELS = ["digits_cnn/dynamo", "residual_mlp/dynamo", "transformer_encoder/dynamo"];
const DENSE = MODELS.slice(1);
const NARROW: readonly Precision[] = ["mixed", "bf16"];

function pathOf(model: string): string {
  return fileURLToPath(new URL(`../../fixtures/models/${model}`, import.meta.url));
}

async function runOf(model: string, precision: Precision, optimize: 0 | 1 | 3 = 1) {
  const { pef, report } = await compile(join(pathOf(model), "model.onnx"), { precision, optimize });
  const program = await load(pef);
  const { inputs } = readDataFolder(join(pathOf(model), "test_data_set_0"), program);
  const fast = await program.run(inputs, { engine: "fast" });
  return { program, inputs, report, ...fast };
}

function bitsOf(outputs: Readonly<Record<string, Value>>): unknown[] {
  return Object.values(outputs).map((value) => (isTensor(value) ? value.data : value));
}

describe.each(MODELS)("%s stored narrow", (model) => {
  test.each(NARROW)(
    "%s: within what rounding explains of PyTorch's outputs, and not within float32's tolerance",
    async (precision) => {
      const data = pathOf(model);
      const compile = { precision } as const;
      const rounded = await verify(join(data, "model.onnx"), { data, compile });
      expect(rounded.passed).toBe(true);
      expect(rounded.report.hostCalls).toEqual([]);
      const strict = await verify(join(data, "model.onnx"), { data, compile, tolerance: { rtol: 1e-6, atol: 1e-7 } });
      expect(strict.passed).toBe(false);
    },
  );

  test.runIf(DENSE.includes(model)).each(NARROW)(
    "%s: the same bits at every level of optimisation and from both engines",
    async (precision) => {
      const runs = [];
      for (const optimize of OPTIMIZE_LEVELS) runs.push(await runOf(model, precision, optimize));
      const [first, ...others] = runs.map(({ outputs }) => bitsOf(outputs));
      for (const other of others) expect(other).toEqual(first);
      const fused = runs[1];
      const exact = await fused?.program.run(fused.inputs, { engine: "exact", timing: false });
      expect(bitsOf(exact?.outputs ?? {})).toEqual(first);
    },
  );

  test("weights and traffic shrink to about half, and the PEF remembers why", async () => {
    const [full, mixed, narrow] = [await runOf(model, "fp32"), await runOf(model, "mixed"), await runOf(model, "bf16")];
    expect(mixed.report.weightBytes / full.report.weightBytes).toBeLessThan(0.6);
    expect(narrow.report.weightBytes / full.report.weightBytes).toBeLessThan(0.51);
    const read = ({ timing }: typeof full): number => timing?.traffic.hbm.read ?? Number.NaN;
    expect(read(mixed) / read(full)).toBeLessThan(0.75);
    expect(rememberedPrecision(narrow.program.pef.provenance.options)).toBe("bf16");
    expect(rememberedPrecision(full.program.pef.provenance.options)).toBe("fp32");
  });
});

test("the array takes a step in a quarter of the cycles: a large product gets faster, not only smaller", async () => {
  const product = `graph g(%a: f32[256,256], %b: f32[256,256]) -> (%y) {
    %y: f32[256,256] = MatMul@17(%a, %b)
  }`;
  const cycles = async (precision: Precision): Promise<number> => {
    const program = await programOf(product, precision);
    const square = fromNumbers("float32", [256, 256], new Array<number>(65536).fill(1));
    return (await program.run({ a: square, b: square })).cycles ?? Number.NaN;
  };
  expect((await cycles("mixed")) / (await cycles("fp32"))).toBeLessThan(0.75);
});

describe("masks do not become NaN", () => {
  const least = -3.4028234663852886e38;
  const attention = `graph g(%scores: f32[2,4], %keep: f32[2,4], %mask: f32[2,4]) -> (%y) {
    const %least: f32[] = [-3.4028234663852886e38]
    const %one: f32[] = [1.0]
    %dropped: f32[2,4] = Sub@14(%one, %keep)
    %bias: f32[2,4] = Mul@14(%dropped, %least)
    %biased: f32[2,4] = Add@14(%scores, %bias)
    %masked: f32[2,4] = Add@14(%biased, %mask)
    %y: f32[2,4] = Softmax@13(%masked)
  }`;
  test.each(NARROW)("%s: 0 * least float32, least float32 as an input, and -inf", async (precision) => {
    const program = await programOf(attention, precision);
    const scores = fromNumbers("float32", [2, 4], [1, 2, 3, 4, 1, 2, 3, 4]);
    const keep = fromNumbers("float32", [2, 4], [1, 1, 1, 0, 1, 1, 1, 1]);
    const mask = fromNumbers("float32", [2, 4], [0, -Infinity, 0, 0, least, least, least, least]);
    const { outputs } = await program.run({ scores, keep, mask });
    const { y } = outputs;
    expect(y !== undefined && isTensor(y) ? [...toNumbers(y)].map((value) => value.toFixed(2)) : y).toEqual(
      // Row 0 is the softmax of 1 and 3; in row 1 every score drowns in the mask, in float32 too.
      ["0.12", "0.00", "0.88", "0.00", "0.25", "0.25", "0.25", "0.25"],
    );
  });
});

async function programOf(text: string, precision: Precision) {
  const environment = {
    readExternal: () => {
      throw new Error("there are no files");
    },
    version: "test",
  };
  const { bytes = [] } = compileModel({ kind: "graph", text }, { precision }, environment);
  return load(joined(bytes));
}
