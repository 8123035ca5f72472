import { encodeModel, type ModelProto, type NodeProto } from "@rdu/onnx";
import { check, compile, load, verify } from "@rdu/sdk";
import { fromNumbers, isTensor, toNumbers } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { float, int, node } from "../support/onnx-model.ts";

/** A layer as it is exported for training: statistics of the batch, elements dropped, statistics given out, and a gradient of the weight. */
function trainingModel(version: number): Uint8Array {
  const statistics = version >= 14 ? ["mean2", "var2"] : ["mean2", "var2", "mean3", "var3"];
  const nodes: NodeProto[] = [
    node("MatMul", ["x", "w"], ["h"]),
    node("BatchNormalization", ["h", "s", "b", "mean", "var"], ["n", ...statistics], {
      attribute: version >= 14 ? [int("training_mode", 1)] : [],
    }),
    node("Identity", ["mean2"], ["mean_out"]),
    node("Dropout", ["n", "ratio", "train"], ["y"]),
    node("Mul", ["h", "t"], ["loss_terms"]),
    node("Gradient", ["w", "x"], ["dw"], {
      domain: "ai.onnx.preview.training",
      attribute: [
        { name: "xs", type: 8, strings: [Buffer.from("w")] },
        { name: "zs", type: 8, strings: [Buffer.from("x")] },
        { name: "y", type: 3, s: Buffer.from("loss_terms") },
      ],
    }),
    node("Sub", ["w", "dw"], ["w_new"]),
  ];
  const model: ModelProto = {
    irVersion: 8,
    opsetImport: [
      { domain: "", version },
      { domain: "ai.onnx.preview.training", version: 1 },
    ],
    graph: {
      name: "trained",
      node: nodes,
      input: [float("x", 4, 3), float("t", 4, 2)],
      initializer: [
        { name: "w", dataType: 1, dims: [3, 2], floatData: [1, 0, 0, 1, 1, 1] },
        { name: "s", dataType: 1, dims: [2], floatData: [1, 2] },
        { name: "b", dataType: 1, dims: [2], floatData: [0, 1] },
        { name: "mean", dataType: 1, dims: [2], floatData: [1, 2] },
        { name: "var", dataType: 1, dims: [2], floatData: [4, 1] },
        { name: "ratio", dataType: 1, dims: [], floatData: [0.5] },
        { name: "train", dataType: 9, dims: [], int32Data: [1] },
      ],
      output: [float("y", 4, 2), float("mean_out", 2), float("var2", 2), float("w_new", 3, 2)],
    },
  };
  return encodeModel(model);
}

const X = fromNumbers("float32", [4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, -1]);

describe.each([13, 15])("a model exported for training, opset %i", (version) => {
  const model = trainingModel(version);

  test("forward only: running statistics, nothing dropped, no output and no input that training alone needs", async () => {
    const { pef } = await compile(model, { inference: true });
    const program = await load(pef);
    expect(program.outputs.map(({ name }) => name)).toEqual(["y"]);
    expect(program.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(program.pef.provenance.options).toMatchObject({ inference: "true" });
    const { outputs } = await program.run({ x: X });
    const { y } = outputs;
    const h = [4, 5, 10, 11, 16, 17, 0, -1];
    const expected = h.map((value, index) => (index % 2 === 0 ? (value - 1) / 2 : (value - 2) * 2 + 1));
    const found = y !== undefined && isTensor(y) ? [...toNumbers(y)] : [];
    for (const [index, value] of expected.entries()) expect(found[index]).toBeCloseTo(value, 3);
  });

  test("verify and check take it the same way", async () => {
    const { passed, sets } = await verify(model, { compile: { inference: true } });
    expect(passed).toBe(true);
    expect(sets[0]?.reference.map(({ name }) => name)).toEqual(["y"]);
    const ops = check(model, { inference: true }).operators.map(({ op }) => op);
    expect(ops).toEqual(["BatchNormalization", "Dropout", "MatMul"]);
  });

  test("without it the model keeps its meaning: every output, statistics of the batch", async () => {
    const { pef } = await compile(model);
    const program = await load(pef);
    expect(program.outputs.map(({ name }) => name)).toEqual(["y", "mean_out", "var2", "w_new"]);
    const { outputs } = await program.run({ x: X, t: fromNumbers("float32", [4, 2], new Array<number>(8).fill(1)) });
    const { mean_out: mean } = outputs;
    // 0.9 * 1 + 0.1 * mean of the batch, 7.5
    expect(mean !== undefined && isTensor(mean) ? toNumbers(mean)[0] : undefined).toBeCloseTo(1.65, 5);
  });
});

test("a model of which nothing is left is refused", () => {
  const model: ModelProto = {
    irVersion: 8,
    opsetImport: [{ domain: "", version: 15 }],
    graph: {
      name: "statistics",
      node: [
        node("BatchNormalization", ["x", "s", "s", "s", "s"], ["", "m", "v"], { attribute: [int("training_mode", 1)] }),
      ],
      input: [float("x", 4, 2), float("s", 2)],
      output: [float("m", 2)],
    },
  };
  expect(() => check(encodeModel(model), { inference: true })).toThrow(
    /every output of the model is there for training/,
  );
});
