import { type Dim, hasAttribute, type OperatorNode, type ValueType } from "@rdu/ir";
import { elementCount, isInteger, isTensor, type Tensor, tensor } from "@rdu/tensor";
import { evaluateNode } from "./evaluate-node.ts";
import type { KnownInput } from "./node-context.ts";
import { integersOf, integerTensor } from "./numeric/numbers.ts";
import { added } from "./open-sums.ts";
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

/** What two entries become, element by element; null: something that only the run knows, and that has no name but its own. */
// biome-ignore format: a table
const ARITHMETIC: ReadonlyMap<string, (a: Dim, b: Dim) => Dim> = new Map([
  ["Add", (a, b) => added(a, b)],
  ["Sub", (a, b) => added(a, b, -1)],
  ["Mul", (a, b) => typeof b === "number" ? added(0, a, b) : typeof a === "number" ? added(0, b, a) : null],
  ["Div", (a, b) => b === 1 ? a : ofNumbers(a, b, (x, y) => (y === 0 ? null : Math.trunc(x / y)))],
  ["Max", (a, b) => a === b ? a : ofNumbers(a, b, Math.max)],
  ["Min", (a, b) => a === b ? a : ofNumbers(a, b, Math.min)],
]);

function ofNumbers(a: Dim, b: Dim, of: (a: number, b: number) => number | null): Dim {
  return typeof a === "number" && typeof b === "number" ? of(a, b) : null;
}

/**
 * The entries of integer lists of which only the run knows some: those have names, as extents have. Where the operator moves elements, found by
 * moving the positions of the entries in place of their values; where it computes with them, entry by entry. `name` is for what has none.
 */
export function openEntries(
  node: OperatorNode,
  inputs: readonly (KnownInput | null)[],
  types: readonly ValueType[],
  environment: Environment,
  name: (output: number, entry: number) => Dim,
): readonly (readonly Dim[] | undefined)[] {
  if (node.op === "Shape") return [shapeEntries(node, inputs[0]?.type)];
  if (!types.every(isSmallList)) return [];
  const computed = ARITHMETIC.get(node.op);
  if (computed !== undefined) return [computedEntries(computed, inputs, types[0], (entry) => name(0, entry))];
  return MOVERS.has(node.op) ? movedEntries(node, inputs, environment) : [];
}

function computedEntries(
  of: (a: Dim, b: Dim) => Dim,
  inputs: readonly (KnownInput | null)[],
  type: ValueType | undefined,
  name: (entry: number) => Dim,
): readonly Dim[] | undefined {
  const operands = inputs.map(entriesOf);
  // Narrower and unsigned integers wrap sooner than their entries do.
  if (type?.kind !== "tensor" || !["int32", "int64"].includes(type.dtype)) return undefined;
  if (operands.length < 2 || operands.every((entries) => entries === undefined)) return undefined;
  const count = elementCount(type.shape as readonly number[]);
  return Array.from({ length: count }, (_, entry) => {
    const [first = null, ...rest] = operands.map((entries): Dim => entries?.[entries.length === 1 ? 0 : entry] ?? null);
    return rest.reduce<Dim>(of, first) ?? name(entry);
  });
}

function movedEntries(
  node: OperatorNode,
  inputs: readonly (KnownInput | null)[],
  environment: Environment,
): readonly (readonly Dim[] | undefined)[] {
  const moved = node.op === "Concat" ? inputs : inputs.slice(0, 1);
  if (!moved.some((input) => input?.entries !== undefined)) return [];
  const entries: Dim[] = [];
  const operands: (Tensor | null)[] = [];
  for (const [index, input] of inputs.entries()) {
    const own = index < moved.length ? entriesOf(input) : undefined;
    if (own === undefined || input?.type.kind !== "tensor") {
      const value = input?.value ?? input?.assumed;
      if (input !== null && value === undefined) return [];
      operands.push(value ?? null);
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
  const value = input?.value ?? input?.assumed;
  return value !== undefined && isInteger(value.dtype) ? integersOf(value) : undefined;
}

/** The list that all these entries make, where the declared lengths say every one of them. */
export function settledList(type: ValueType, entries: readonly Dim[] | undefined): Tensor | undefined {
  if (type.kind !== "tensor" || !entries?.every((entry) => typeof entry === "number")) return undefined;
  return integerTensor(type.dtype, type.shape as readonly number[], entries.map(BigInt));
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
