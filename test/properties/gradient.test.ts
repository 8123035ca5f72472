import { DEFAULT_CHIP } from "@rdu/chip";
import { sectionBudget } from "@rdu/flow";
import { type PassContext, pipelineFor } from "@rdu/fusion";
import { type Attribute, constantTensor, type Graph, type OperatorNode, type ValueType } from "@rdu/ir";
import { inferGraph } from "@rdu/ops";
import { evaluateGraph } from "@rdu/reference";
import { compareTensors, fromNumbers, isTensor, type Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";

const GRADIENT = "ai.onnx.preview.training.Gradient";

const readConstant = (constant: Graph["constants"][number]): Tensor =>
  constantTensor(constant, () => {
    throw new Error("no files");
  });

const CONTEXT: PassContext = {
  optimize: 1,
  fusion: "streaming",
  rules: [],
  readConstant,
  estimate: () => sectionBudget(DEFAULT_CHIP),
  work: () => ({ cycles: 1, tiles: 1 }),
  budget: sectionBudget(DEFAULT_CHIP),
  record: () => undefined,
  warn: () => undefined,
};

const x = fromNumbers("float32", [2, 3], [0.5, -1.25, 2, 0.75, -0.5, 1.5]);
const b = fromNumbers("float32", [3], [1.5, -2, 0.25]);
const ints = (...value: number[]): Attribute => ({ kind: "ints", value: value.map(BigInt) });

/** y of x and b, operator by operator: name, inputs, output, attributes. */
type Steps = readonly (readonly [string, readonly string[], string, Readonly<Record<string, Attribute>>?])[];

const CASES: Readonly<Record<string, Steps>> = {
  "sum, broadcast": [["Add", ["x", "b"], "y"]],
  "difference of products": [
    ["Mul", ["x", "b"], "p"],
    ["Sub", ["p", "x"], "y"],
  ],
  quotient: [["Div", ["x", "b"], "y"]],
  "used twice": [["Mul", ["x", "x"], "y"]],
  "functions one in another": [
    ["Tanh", ["x"], "t"],
    ["Exp", ["t"], "e"],
    ["Sigmoid", ["e"], "s"],
    ["Mul", ["s", "b"], "m"],
    ["Sin", ["m"], "n"],
    ["Cos", ["n"], "y"],
  ],
  "roots and logarithms": [
    ["Abs", ["x"], "a"],
    ["Sqrt", ["a"], "r"],
    ["Log", ["a"], "l"],
    ["Sum", ["r", "l", "b"], "y"],
  ],
  "layout and rectifier": [
    ["Transpose", ["x"], "t", { perm: ints(1, 0) }],
    ["Flatten", ["t"], "f"],
    ["Relu", ["f"], "u"],
    ["Neg", ["u"], "v"],
    ["Mul", ["v", "u"], "y"],
  ],
};

describe("derivatives written out agree with central differences", () => {
  for (const [name, steps] of Object.entries(CASES)) {
    test(name, () => {
      const graph = inferGraph(graphOf(steps), { readConstant }).graph;
      const expand = pipelineFor(1).find((pass) => pass.name === "expand-control-flow");
      const written = expand?.run(graph, CONTEXT) ?? graph;
      expect(written.nodes.some((node) => node.kind === "operator" && node.op === GRADIENT)).toBe(false);
      const inputs = new Map([
        ["x", x],
        ["b", b],
      ]);
      const [found, wanted] = [written, graph].map((each) => evaluateGraph(each, inputs, { readConstant }));
      for (const output of ["dx", "db"]) {
        const [got, want] = [found?.get(output), wanted?.get(output)];
        if (got === undefined || want === undefined || !isTensor(got) || !isTensor(want)) throw new Error(output);
        expect(compareTensors(got, want, { rtol: 1e-4, atol: 1e-5 }).reason).toBeUndefined();
      }
    });
  }
});

function graphOf(steps: Steps): Graph {
  const node = (op: string, inputs: readonly string[], outputs: readonly string[], attributes = {}): OperatorNode => ({
    kind: "operator",
    op,
    version: op === GRADIENT ? 1 : 13,
    inputs,
    outputs,
    attributes,
    origin: [op],
  });
  const type = (shape: readonly number[]): ValueType => ({ kind: "tensor", dtype: "float32", shape });
  const strings = (...value: string[]): Attribute => ({ kind: "strings", value });
  const asked = { xs: strings("x", "b"), y: { kind: "string", value: "y" } };
  return {
    name: "g",
    inputs: ["x", "b"],
    outputs: ["y", "dx", "db"],
    constants: [],
    nodes: [
      ...steps.map(([op, inputs, output, attributes]) => node(op, inputs, [output], attributes ?? {})),
      node(GRADIENT, ["x", "b"], ["dx", "db"], asked),
    ],
    types: new Map([
      ["x", type([2, 3])],
      ["b", type([3])],
    ]),
  };
}
