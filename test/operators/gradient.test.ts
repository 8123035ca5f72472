import { DEFAULT_CHIP } from "@rdu/chip";
import { sectionBudget } from "@rdu/flow";
import { type PassContext, pipelineFor } from "@rdu/fusion";
import {
  type Attribute,
  type Constant,
  constantTensor,
  type Graph,
  type Node,
  type OperatorNode,
  tensorConstant,
  type ValueType,
} from "@rdu/ir";
import { inferGraph, OPERATORS } from "@rdu/ops";
import { evaluateGraph } from "@rdu/reference";
import { compareTensors, elementCount, isTensor, type Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { GRADIENT_SAMPLES, type GradientSample, WITHOUT_GRADIENT } from "./gradient-samples.ts";
import { filled, text, texts } from "./sample.ts";

const GRADIENT = "ai.onnx.preview.training.Gradient";
/** Central differences in double precision are good to 1e-9; the written derivatives are computed in single precision. */
const TOLERANCE = { rtol: 1e-4, atol: 2e-5 };
const SEEDS = [11, 2027, 90001];

const readConstant = (constant: Constant): Tensor =>
  constantTensor(constant, () => {
    throw new Error("no files");
  });

const CONTEXT: PassContext = {
  optimize: 1,
  fusion: "streaming",
  precision: "fp32",
  rules: [],
  readConstant,
  estimate: () => sectionBudget(DEFAULT_CHIP),
  work: () => ({ cycles: 1, tiles: 1 }),
  budget: sectionBudget(DEFAULT_CHIP),
  record: () => undefined,
  warn: () => undefined,
};

describe("gradients agree with central differences", () => {
  const names = [...OPERATORS.values()].flatMap(({ name, gradient }) => (gradient === undefined ? [] : [name]));
  test("every operator that has one has samples", () => {
    expect(Object.keys(GRADIENT_SAMPLES).sort()).toEqual(names.sort());
  });

  for (const [name, samples] of Object.entries(GRADIENT_SAMPLES)) {
    test.each(SEEDS)(`${name}, seed %i`, (seed) => {
      for (const sample of samples(seed))
        expect(differenceOf(graphOf(name, sample, seed)), sample.note).toBeUndefined();
    });
  }
});

describe("an operator without a gradient under its attributes stays", () => {
  for (const [name, samples] of Object.entries(WITHOUT_GRADIENT)) {
    test(name, () => {
      for (const sample of samples(5))
        expect(written(graphOf(name, sample, 5).graph).nodes.some(isGradient)).toBe(true);
    });
  }
});

test("derivatives of a value that is used in several ways add up", () => {
  const x = filled("float32", [2, 3], 7);
  const steps = [
    node("Tanh", ["x0"], ["t"]),
    node("Exp", ["t"], ["e"]),
    node("Mul", ["e", "x0"], ["m"]),
    node("Add", ["m", "t"], ["s"]),
    node("Mul", ["s", "s"], ["y"]),
  ];
  expect(differenceOf(around(steps, [x], [], "y"))).toBeUndefined();
});

interface Differentiated {
  readonly graph: Graph;
  readonly by: readonly Tensor[];
}

const isGradient = (each: Node): boolean => each.kind === "operator" && each.op === GRADIENT;

/** What is wrong with the written derivatives; undefined when nothing is. */
function differenceOf({ graph, by }: Differentiated): string | undefined {
  const explicit = written(graph);
  if (explicit.nodes.some(isGradient)) return "no gradient was written";
  const inputs = new Map(by.map((tensor, index) => [`x${index}`, tensor]));
  const [found, wanted] = [explicit, graph].map((each) => evaluateGraph(each, inputs, { readConstant }));
  for (const output of by.map((_, index) => `d${index}`)) {
    const [got, want] = [found?.get(output), wanted?.get(output)];
    if (got === undefined || want === undefined || !isTensor(got) || !isTensor(want)) return `${output} is missing`;
    const { reason } = compareTensors(got, want, TOLERANCE);
    if (reason !== undefined) return `${output}: ${reason}`;
  }
  return undefined;
}

function written(graph: Graph): Graph {
  const expand = pipelineFor(1).find((pass) => pass.name === "expand-control-flow");
  if (expand === undefined) throw new Error("no such pass");
  return expand.run(inferGraph(graph, { readConstant }).graph, CONTEXT);
}

/** The operator, each output weighted at random and summed up, so that no two elements of a derivative are alike by accident. */
function graphOf(op: string, sample: GradientSample, seed: number): Differentiated {
  const { before = [], by, constants = [], attributes = {}, outputs = 1, opset } = sample;
  const given = by.map((_, index) => `x${index}`);
  const known = [...before, ...constants].map((tensor, index) =>
    tensor === null ? null : ([`c${index}`, tensor] as const),
  );
  const names = known.map((each) => (each === null ? null : each[0]));
  const inputs = [...names.slice(0, before.length), ...given, ...names.slice(before.length)];
  const made = Array.from({ length: outputs }, (_, index) => `o${index}`);
  const operator = node(op, inputs, made, attributes, opset);
  const entries: (readonly [string, Tensor])[] = known.filter((each) => each !== null);
  const alone = inferGraph(
    { ...around([operator], by, entries, "o0").graph, outputs: made, nodes: [operator] },
    { readConstant },
  ).graph;
  const weighted = made.flatMap((name, index) => {
    const type = alone.types.get(name);
    if (type?.kind !== "tensor" || type.shape === null) throw new Error(`${op}: ${name} has no type`);
    const weights = filled(type.dtype, type.shape as number[], seed + 77 + index);
    entries.push([`w${index}`, weights]);
    if (elementCount(weights.shape) === 0) throw new Error(`${op}: ${name} has no elements`);
    return [
      node("Mul", [name, `w${index}`], [`p${index}`]),
      node("ReduceSum", [`p${index}`], [`s${index}`], { keepdims: { kind: "int", value: 0n } }),
    ];
  });
  const sum = node(
    "Sum",
    made.map((_, index) => `s${index}`),
    ["y"],
  );
  return around([operator, ...weighted, sum], by, entries, "y");
}

/** `steps` and the derivatives of `target` by x0, x1, ... */
function around(
  steps: readonly OperatorNode[],
  by: readonly Tensor[],
  constants: readonly (readonly [string, Tensor])[],
  target: string,
): Differentiated {
  const names = by.map((_, index) => `x${index}`);
  const derivatives = by.map((_, index) => `d${index}`);
  const asked = { xs: texts(names), y: text(target) };
  return {
    by,
    graph: {
      name: "g",
      inputs: names,
      outputs: [target, ...derivatives],
      constants: constants.map(([id, tensor]) => tensorConstant(id, tensor)),
      nodes: [...steps, node(GRADIENT, names, derivatives, asked, 1)],
      types: new Map(
        by.map(({ dtype, shape }, index): [string, ValueType] => [`x${index}`, { kind: "tensor", dtype, shape }]),
      ),
    },
  };
}

function node(
  op: string,
  inputs: readonly (string | null)[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  version = 24,
): OperatorNode {
  return { kind: "operator", op, version, inputs, outputs, attributes, origin: [op] };
}
