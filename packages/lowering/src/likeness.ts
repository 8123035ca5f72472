import type { IndexExpression, Node, Pattern, Step, ValueId } from "@rdu/ir";
import { keyOf } from "./key-of.ts";
import type { ScatteredJoin } from "./scattered-joins.ts";
import type { Values } from "./values.ts";

/**
 * Text that is equal for groups of nodes that lower to the same units but for names and start addresses: the steps of an unrolled recurrence, the
 * layers of a stack. Values count by order of appearance; from a tensor in memory it makes no difference which slice is read.
 */
export function likenessOf(
  values: Values,
  nodes: readonly Node[],
  kept: readonly ValueId[],
  scattered: readonly ScatteredJoin[],
): string {
  const made = new Set(nodes.flatMap((node) => (node.kind === "view" ? [] : node.outputs)));
  const numbers = new Map<ValueId, number>();
  const described: unknown[] = [];
  const describe = (value: ValueId): number => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    const number = numbers.size;
    numbers.set(value, number);
    const root = values.rootOf(value);
    described.push([
      values.dtypeOf(value),
      values.shapeOf(value),
      root === value ? number : describe(root),
      made.has(root),
      values.literalOf(value),
      values.initialOf(root),
      values.batch?.axes.get(value) ?? null,
    ]);
    return number;
  };
  const refer = (value: ValueId | null): number | null => (value === null ? null : describe(value));
  const parts = nodes.map((node) => {
    const fromMemory = node.inputs.map((input) => input !== null && !made.has(values.rootOf(input)));
    return [
      node.kind,
      node.inputs.map(refer),
      node.outputs.map(refer),
      node.kind === "pattern" ? withoutSlices(node.pattern, fromMemory) : node.kind === "join" ? node.offsets : null,
    ];
  });
  const joins = scattered.map(({ value, parts }) => [
    describe(value),
    parts.map((part) => refer(values.producerOf(value)?.inputs[part] ?? null)),
  ]);
  const tiles = values.batch === undefined ? null : [values.batch.samples, values.batch.most];
  return keyOf([parts, described, kept.map(describe), joins, tiles]);
}

/** The pattern with 0 for every index of a tensor in memory that is one number throughout. */
function withoutSlices(pattern: Pattern, fromMemory: readonly boolean[]): Pattern {
  const zeroed = (index: IndexExpression): IndexExpression =>
    index.loops.length === 0 && index.registers === undefined ? { ...index, constant: 0 } : index;
  const step = (old: Step): Step =>
    old.kind === "read" && fromMemory[old.read.operand] && old.read.otherwise === undefined
      ? { kind: "read", read: { ...old.read, index: old.read.index.map(zeroed) } }
      : old;
  return { ...pattern, body: pattern.body.map(step), epilogue: pattern.epilogue.map(step) };
}
