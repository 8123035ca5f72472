import { elementAt } from "@rdu/diagnostics";
import { intAttribute, type OperatorNode, staticShape, type ValueId } from "@rdu/ir";
import { normalizeAxis, toIntegers } from "@rdu/tensor";
import type { Expansion } from "./inline-subgraph.ts";
import { stacked } from "./slices.ts";
import { type Expander, nameOf, type Surroundings } from "./surroundings.ts";

/** More items than this are not written out. */
const MOST_ITEMS = 1024;

/** The tensor at a known place of a sequence of which every item is known to be a tensor of the graph. */
export const sequenceAt: Expander = (node, surroundings, expansion) => {
  const items = itemsOf(node.inputs[0], surroundings, expansion);
  if (items === undefined) return UNKNOWN_ITEMS;
  const place = placeIn(items, node.inputs[1], surroundings);
  const item = place === undefined ? undefined : items[place];
  return item === undefined ? "the place of the item is known only at run time, or lies outside" : [item];
};

/** All items of such a sequence side by side. */
export const concatFromSequence: Expander = (node, surroundings, expansion) => {
  const items = itemsOf(node.inputs[0], surroundings, expansion);
  if (items === undefined || items.length === 0) return UNKNOWN_ITEMS;
  const axis = intAttribute(node, "axis");
  if (intAttribute(node, "new_axis", 0) !== 0) return [stacked(items, axis, nameOf(node), expansion)];
  const attributes = { axis: { kind: "int", value: BigInt(axis) } } as const;
  return [expansion.operator("Concat", items, expansion.fresh(`${nameOf(node)}.joined`), attributes)];
};

export const sequenceLength: Expander = (node, surroundings, expansion) => {
  const items = itemsOf(node.inputs[0], surroundings, expansion);
  return items === undefined ? UNKNOWN_ITEMS : [expansion.scalar(`${nameOf(node)}.count`, "int64", items.length)];
};

const UNKNOWN_ITEMS = "the items of its sequence are known only at run time";

/** The tensors that a sequence holds, where the operators that make it say so before the run. */
function itemsOf(
  id: ValueId | null | undefined,
  surroundings: Surroundings,
  expansion: Expansion,
): readonly ValueId[] | undefined {
  const maker = id == null ? undefined : surroundings.makers.get(id);
  if (maker?.kind !== "operator") return undefined;
  switch (maker.op) {
    case "SequenceEmpty":
      return [];
    case "SequenceConstruct":
      return maker.inputs.flatMap((input) => input ?? []);
    case "Identity":
      return itemsOf(maker.inputs[0], surroundings, expansion);
    case "SplitToSequence":
      return partsOf(maker, surroundings, expansion);
    case "SequenceInsert":
    case "SequenceErase":
      return changed(maker, surroundings, expansion);
    default:
      return undefined;
  }
}

/** One item more or less; without a place at the end. */
function changed(node: OperatorNode, surroundings: Surroundings, expansion: Expansion): readonly ValueId[] | undefined {
  const inserts = node.op === "SequenceInsert";
  const items = itemsOf(node.inputs[0], surroundings, expansion);
  if (items === undefined) return undefined;
  const [item, given] = inserts ? [node.inputs[1], node.inputs[2]] : [null, node.inputs[1]];
  const last = inserts ? items.length : items.length - 1;
  // An item may be put in behind the last one as well.
  const place = given == null ? last : placeIn(inserts ? [...items, ""] : items, given, surroundings, items.length);
  if (place === undefined || place < 0) return undefined;
  return inserts ? (item == null ? undefined : items.toSpliced(place, 0, item)) : items.toSpliced(place, 1);
}

/** Where a known place, counted from the end when negative, lies among the items; undefined when it is not known or outside. */
function placeIn(
  items: readonly ValueId[],
  id: ValueId | null | undefined,
  { lookUp }: Surroundings,
  count = items.length,
): number | undefined {
  const value = id == null ? undefined : lookUp(id);
  const given = value === undefined ? undefined : toIntegers(value)?.[0];
  if (given === undefined) return undefined;
  const place = given < 0 ? given + count : given;
  return place >= 0 && place < items.length ? place : undefined;
}

/** The parts of a tensor along an axis: of given lengths, of one length (the last may be shorter), or single elements. */
function partsOf(
  node: OperatorNode,
  { graph, lookUp }: Surroundings,
  expansion: Expansion,
): readonly ValueId[] | undefined {
  const [from, lengths] = node.inputs;
  const shape = from == null ? undefined : staticShape(graph.types.get(from));
  const axis = shape && normalizeAxis(intAttribute(node, "axis", 0), shape.length);
  const extent = axis === undefined ? undefined : shape?.[axis];
  if (from == null || axis === undefined || extent === undefined) return undefined;
  const split = lengths == null ? undefined : lookUp(lengths);
  const given = split && toIntegers(split);
  if (lengths != null && (split === undefined || given === undefined)) return undefined;
  const single = given === undefined ? 1 : split?.shape.length === 0 ? given[0] : undefined;
  if (single !== undefined && single < 1) return undefined;
  const ends =
    single === undefined
      ? (given ?? []).map((_, part) => (given ?? []).slice(0, part + 1).reduce((sum, length) => sum + length, 0))
      : Array.from({ length: Math.ceil(extent / single) }, (_, part) => Math.min(extent, (part + 1) * single));
  if (ends.length > MOST_ITEMS) return undefined;
  const squeezes = given === undefined && intAttribute(node, "keepdims", 1) === 0;
  const axes = expansion.integers(`${nameOf(node)}.axis`, [axis]);
  return ends.map((end, part) => {
    const name = `${nameOf(node)}.${part}`;
    const bounds = [part === 0 ? 0 : elementAt(ends, part - 1), end].map((at) =>
      expansion.integers(`${name}.bound`, [at]),
    );
    const slice = expansion.operator("Slice", [from, ...bounds, axes], expansion.fresh(`${name}.part`));
    return squeezes ? expansion.operator("Squeeze", [slice, axes], expansion.fresh(`${name}.item`)) : slice;
  });
}
