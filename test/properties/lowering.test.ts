import { presetChip } from "@rdu/chip";
import { verifyFlow } from "@rdu/flow";
import { type Attribute, constantTensor, type Graph, type OperatorNode, tensorConstant, type ValueType } from "@rdu/ir";
import { evaluateGraph } from "@rdu/reference";
import { compareTensors, fromNumbers, isTensor, type Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { lowerAndRun, type Sections } from "../support/lower-and-run.ts";

const ints = (...value: number[]): Attribute => ({ kind: "ints", value: value.map(BigInt) });
const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });

function ramp(shape: readonly number[], scale = 1): Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return fromNumbers(
    "float32",
    shape,
    Array.from({ length: count }, (_, i) => (((i * 37) % 23) - 11) * 0.125 * scale),
  );
}

interface Case {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** op, version, inputs, output, attributes */
  readonly nodes: readonly (readonly [
    string,
    number,
    readonly string[],
    string,
    Readonly<Record<string, Attribute>>?,
  ])[];
}

const CASES: Readonly<Record<string, Case>> = {
  relu: { inputs: { x: ramp([3, 5]) }, nodes: [["Relu", 14, ["x"], "y"]] },
  "relu of 1000": { inputs: { x: ramp([1000]) }, nodes: [["Relu", 14, ["x"], "y"]] },
  "add with broadcast": { inputs: { x: ramp([2, 3, 20]), b: ramp([3, 1], 2) }, nodes: [["Add", 14, ["x", "b"], "y"]] },
  matmul: { inputs: { x: ramp([7, 5]), w: ramp([5, 19], 2) }, nodes: [["MatMul", 13, ["x", "w"], "y"]] },
  "matmul in tiles": { inputs: { x: ramp([96, 12]), w: ramp([12, 33], 2) }, nodes: [["MatMul", 13, ["x", "w"], "y"]] },
  "batched matmul": {
    inputs: { x: ramp([2, 3, 4, 5]), w: ramp([2, 3, 5, 6], 2) },
    nodes: [["MatMul", 13, ["x", "w"], "y"]],
  },
  gemm: {
    inputs: { x: ramp([4, 6]) },
    constants: { w: ramp([9, 6]), b: ramp([9]) },
    nodes: [["Gemm", 13, ["x", "w", "b"], "y", { transB: int(1) }]],
  },
  conv: {
    inputs: { x: ramp([1, 3, 8, 8]) },
    constants: { w: ramp([5, 3, 3, 3]), b: ramp([5]) },
    nodes: [["Conv", 11, ["x", "w", "b"], "y", { pads: ints(1, 1, 1, 1) }]],
  },
  "conv with stride and batch": {
    inputs: { x: ramp([2, 3, 9, 9]) },
    constants: { w: ramp([20, 3, 3, 3]) },
    nodes: [["Conv", 11, ["x", "w"], "y", { strides: ints(2, 2), pads: ints(1, 1, 1, 1) }]],
  },
  "depthwise conv": {
    inputs: { x: ramp([1, 6, 7, 7]) },
    constants: { w: ramp([6, 1, 3, 3]) },
    nodes: [["Conv", 11, ["x", "w"], "y", { group: int(6), pads: ints(1, 1, 1, 1) }]],
  },
  "grouped conv": {
    inputs: { x: ramp([1, 8, 7, 7]) },
    constants: { w: ramp([12, 4, 3, 3]) },
    nodes: [["Conv", 11, ["x", "w"], "y", { group: int(2) }]],
  },
  softmax: { inputs: { x: ramp([4, 10]) }, nodes: [["Softmax", 13, ["x"], "y"]] },
  "max pool": {
    inputs: { x: ramp([1, 4, 8, 8]) },
    nodes: [["MaxPool", 12, ["x"], "y", { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) }]],
  },
  "reduce mean of rows": {
    inputs: { x: ramp([3, 40]) },
    constants: { axes: fromNumbers("int64", [1], [1]) },
    nodes: [["ReduceMean", 18, ["x", "axes"], "y"]],
  },
  transpose: { inputs: { x: ramp([2, 3, 4]) }, nodes: [["Transpose", 13, ["x"], "y", { perm: ints(2, 0, 1) }]] },
  concat: {
    inputs: { x: ramp([2, 3]), z: ramp([2, 4], 2) },
    nodes: [["Concat", 13, ["x", "z"], "y", { axis: int(1) }]],
  },
  gather: {
    inputs: { i: fromNumbers("int64", [3], [2, 0, -1]) },
    constants: { w: ramp([4, 18]) },
    nodes: [["Gather", 13, ["w", "i"], "y"]],
  },
  "gather along the lanes": {
    inputs: { i: fromNumbers("int64", [3], [2, 0, -1]), w: ramp([4, 18]) },
    nodes: [["Gather", 13, ["w", "i"], "y", { axis: int(1) }]],
  },
  argmax: { inputs: { x: ramp([3, 20]) }, nodes: [["ArgMax", 13, ["x"], "y", { axis: int(1) }]] },
  cumsum: {
    inputs: { x: ramp([3, 20]) },
    constants: { axis: fromNumbers("int64", [], [1]) },
    nodes: [["CumSum", 14, ["x", "axis"], "y"]],
  },
  "reshape between": {
    inputs: { x: ramp([2, 3, 4]) },
    constants: { shape: fromNumbers("int64", [2], [6, 4]) },
    nodes: [
      ["Relu", 14, ["x"], "r"],
      ["Reshape", 14, ["r", "shape"], "v"],
      ["Softmax", 13, ["v"], "y"],
    ],
  },
  "conv block": {
    inputs: { x: ramp([1, 3, 12, 12]) },
    constants: { w: ramp([8, 3, 3, 3]), v: ramp([8, 8, 3, 3]) },
    nodes: [
      ["Conv", 11, ["x", "w"], "c", { pads: ints(1, 1, 1, 1) }],
      ["Relu", 14, ["c"], "r"],
      ["Conv", 11, ["r", "v"], "d", { pads: ints(1, 1, 1, 1) }],
      ["Add", 14, ["d", "r"], "s"],
      ["MaxPool", 12, ["s"], "y", { kernel_shape: ints(2, 2), strides: ints(2, 2) }],
    ],
  },
  "concat of stages": {
    inputs: { x: ramp([1, 3, 6, 6]) },
    constants: { w: ramp([8, 3, 1, 1]), v: ramp([4, 11, 1, 1]) },
    nodes: [
      ["Conv", 11, ["x", "w"], "c"],
      ["Concat", 13, ["x", "c"], "j", { axis: int(1) }],
      ["Conv", 11, ["j", "v"], "y"],
    ],
  },
  "attention in tiles": {
    inputs: { q: ramp([2, 64, 4]), k: ramp([2, 4, 64], 2), v: ramp([2, 64, 4], 3) },
    nodes: [
      ["MatMul", 13, ["q", "k"], "s"],
      ["Softmax", 13, ["s"], "p"],
      ["MatMul", 13, ["p", "v"], "y"],
    ],
  },
  attention: {
    inputs: { q: ramp([2, 3, 8, 4]), k: ramp([2, 3, 4, 8], 2), v: ramp([2, 3, 8, 4], 3) },
    nodes: [
      ["MatMul", 13, ["q", "k"], "s"],
      ["Softmax", 13, ["s"], "p"],
      ["MatMul", 13, ["p", "v"], "y"],
    ],
  },
};

function graphOf(name: string, { inputs, constants = {}, nodes }: Case): Graph {
  const types = new Map<string, ValueType>();
  for (const [id, { dtype, shape }] of Object.entries(inputs)) types.set(id, { kind: "tensor", dtype, shape });
  return {
    name,
    inputs: Object.keys(inputs),
    outputs: ["y"],
    constants: Object.entries(constants).map(([id, value]) => tensorConstant(id, value)),
    nodes: nodes.map(
      ([op, version, from, to, attributes = {}]): OperatorNode => ({
        kind: "operator",
        op,
        version,
        inputs: [...from],
        outputs: [to],
        attributes,
        origin: [`/${op}_${to}`],
      }),
    ),
    types,
  };
}

const chips = ["sn40l", "mini-8x8"] as const;

describe.each(["each", "one"] satisfies Sections[])(
  "lowered with %s section and executed exactly, against the reference",
  (sections) => {
    describe.each(chips)("on %s", (chipName) => {
      const chip = presetChip(chipName);
      if (chip === undefined) throw new Error("no such preset");
      test.each(Object.keys(CASES))("%s", (name) => {
        const spec = CASES[name] as Case;
        const graph = graphOf(name, spec);
        const inputs = new Map(Object.entries(spec.inputs));
        const { flow, outputs } = lowerAndRun(graph, inputs, sections, chip);
        const expected = evaluateGraph(graph, inputs, {
          readConstant: (constant) => constantTensor(constant, () => new Uint8Array()),
        }).get("y");
        const actual = outputs.get("y");
        if (actual === undefined || expected === undefined || !isTensor(expected)) throw new Error("no output");
        const { equal, reason } = compareTensors(actual, expected, { rtol: 1e-5, atol: 1e-5 });
        expect(verifyFlow(flow, chip)).toEqual([]);
        expect({ equal, reason }).toEqual({ equal: true, reason: undefined });
      });
    });
  },
);
