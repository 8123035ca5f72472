import { type Dim, hasAttribute, type OperatorNode, type ValueType } from "@rdu/ir";
import { elementCount, isInteger, isTensor, type Tensor, tensor } from "@rdu/tensor";
import { evaluateNode } from "./evaluate-node.ts";
import type { KnownInput } from "./node-context.ts";
import { integersOf } from "./numeric/numbers.ts";
import type { Environment } from "./operator.ts";

/** Longer lists are no shapes. */
const MOST_ENTRIES = 16;

/** Operators that move the elements of their first operand (Concat: of all) and leave them as they are. */
const MOVERS: ReadonlySet<string> = new Set([
  "Identity",
  "Cast",
  "Squeeze",
  "Unsqueeze",
  "Reshape",
  "Flatten",
  "Slice",
  "Split",
  "Gather",
  "Concat",
]);

/**
 * The entries of integer lists of which only the run knows some: those have names, as extents have. Found by moving the positions of the
 * entries in place of their values.
 */
export function movedEntries(
  node: OperatorNode,
  inputs: readonly (KnownInput | null)[],
  types: readonly ValueType[],
  environment: Environment,
): readonly (readonly Dim[] | undefined)[] {
  if (node.op === "Shape") return [shapeEntries(node, inputs[0]?.type)];
  const moved = node.op === "Concat" ? inputs : inputs.slice(0, 1);
  const open = moved.some((input) => input?.entries !== undefined);
  if (!MOVERS.has(node.op) || !open || !types.every(isSmallList)) return [];
  const entries: Dim[] = [];
  const operands: (Tensor | null)[] = [];
  for (const [index, input] of inputs.entries()) {
    const own = index < moved.length ? entriesOf(input) : undefined;
    if (own === undefined || input?.type.kind !== "tensor") {
      if (input !== null && input.value === undefined) return [];
      operands.push(input?.value ?? null);
      continue;
    }
    const shape = input.type.shape as readonly number[];
    const places = own.map((_, i) => BigInt(entries.length + i));
    operands.push(tensor("int64", shape, BigInt64Array.from(places)));
    entries.push(...own);
  }
  // Cast to another integer type moves the places as it would the values.
  const outputs = evaluateNode(node, operands, environment);
  return outputs.map((value) =>
    value === null || !isTensor(value) ? undefined : integersOf(value).map((place) => entries[place] ?? null),
  );
}

/** Names for the entries of a list that the run brings. */
export function namedEntries(type: ValueType, name: (entry: number) => Dim): readonly Dim[] | undefined {
  if (type.kind !== "tensor" || !isSmallList(type)) return undefined;
  return Array.from({ length: elementCount(type.shape as readonly number[]) }, (_, entry) => name(entry));
}

function entriesOf(input: KnownInput | null | undefined): readonly Dim[] | undefined {
  if (input?.entries !== undefined) return input.entries;
  const value = input?.value;
  return value !== undefined && isInteger(value.dtype) ? integersOf(value) : undefined;
}

function isSmallList(type: ValueType): boolean {
  if (type.kind !== "tensor" || !isInteger(type.dtype) || type.shape === null || type.shape.length > 1) return false;
  return type.shape.every((extent) => typeof extent === "number" && extent <= MOST_ENTRIES);
}

/** The extents of an operand of known rank. */
function shapeEntries(node: OperatorNode, type: ValueType | undefined): readonly Dim[] | undefined {
  const whole = !hasAttribute(node, "start") && !hasAttribute(node, "end");
  return whole && type?.kind === "tensor" ? (type.shape ?? undefined) : undefined;
}
