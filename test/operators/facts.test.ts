import { readFileSync } from "node:fs";
import type { Attribute, OperatorNode } from "@rdu/ir";
import { evaluateNode, sinceVersion } from "@rdu/ops";
import { compareTensors, type DType, fromBigints, fromNumbers, isInteger, isTensor, type Tensor } from "@rdu/tensor";
import { describe, expect, it } from "vitest";
import { readInline } from "../support/decompose-node.ts";

interface Given {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

interface Fact {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>;
  readonly inputs: readonly (Given | null)[];
  readonly outputs: readonly Given[];
}

/** Attributes that hold a whole number by chance but are floats. */
const FLOATS = ["alpha", "beta", "bias", "momentum", "extrapolation_value", "mask_filter_value"];
/** Lists of floats, which may hold whole numbers only. */
const FLOAT_LISTS = [
  "activation_params",
  "coefficients",
  "intercepts",
  "support_vectors",
  "rho",
  "kernel_params",
  "prob_a",
  "prob_b",
];
/** ONNX Runtime computes in single precision. */
const TOLERANCE = { rtol: 2e-5, atol: 1e-5 };

const facts = JSON.parse(readFileSync(new URL("generated/facts.json", import.meta.url), "utf8")) as readonly Fact[];

describe("the reference agrees with ONNX Runtime", () => {
  it.each(facts.map((fact, index) => [`${index} ${fact.op}`, fact] as const))("%s", (_, fact) => {
    const node: OperatorNode = {
      kind: "operator",
      op: fact.op,
      version: sinceVersion(fact.op, fact.opset) ?? 0,
      inputs: fact.inputs.map((input, i) => (input === null ? null : `x${i}`)),
      outputs: fact.outputs.map((_output, i) => `y${i}`),
      attributes: Object.fromEntries(
        Object.entries(fact.attributes).map(([name, value]) => [name, attribute(name, value)]),
      ),
      origin: ["/node"],
    };
    const inputs = fact.inputs.map((input) => (input === null ? null : tensorOf(input)));
    const values = evaluateNode(node, inputs, { readConstant: readInline, run: () => [] });
    fact.outputs.forEach((output, i) => {
      const value = values[i] ?? null;
      if (value === null || !isTensor(value)) throw new Error(`output ${i} is no tensor`);
      const { equal, reason } = compareTensors(value, tensorOf(output), TOLERANCE);
      expect(equal, reason).toBe(true);
    });
  });
});

function attribute(name: string, value: number | string | readonly number[]): Attribute {
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value !== "number")
    return FLOAT_LISTS.includes(name)
      ? { kind: "floats", value: value.map(Math.fround) }
      : { kind: "ints", value: value.map(BigInt) };
  const isFloat = !Number.isInteger(value) || FLOATS.includes(name);
  return isFloat ? { kind: "float", value: Math.fround(value) } : { kind: "int", value: BigInt(value) };
}

function tensorOf({ dtype, shape, values }: Given): Tensor {
  if (isInteger(dtype)) return fromBigints(dtype, shape, values.map(BigInt));
  return fromNumbers(dtype, shape, values.map(Number));
}
