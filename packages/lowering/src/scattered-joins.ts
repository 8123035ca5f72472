import { type Graph, type PatternNode, type ValueId, valuesUsedBy } from "@rdu/ir";
import { insertedAxes } from "./pieces.ts";
import type { Values } from "./values.ts";

/**
 * A join whose parts are made in several sections: each section stores the parts that it makes where they lie in the joined tensor, so nobody
 * copies them together afterwards.
 */
export interface ScatteredJoin {
  readonly value: ValueId;
  /** The parts that one section stores, by number: those it makes, and in the section that the join stands in also those that no section makes. */
  readonly parts: readonly number[];
}

/**
 * The joins that are scattered, by the sections that store a part of them. A join that its own section reads is none: there it is taken apart and
 * streamed, and nothing would order a load after the store of another unit.
 */
export function scatteredJoins(graph: Graph, values: Values): ReadonlyMap<string, readonly ScatteredJoin[]> {
  const readIn = sectionsReading(graph, values);
  const found = new Map<string, ScatteredJoin[]>();
  for (const node of graph.nodes) {
    const [value] = node.outputs;
    const { section: home } = node;
    if (node.kind !== "join" || value === undefined || value === null || home === undefined) continue;
    if (readIn.get(value)?.has(home)) continue;
    const makers = node.inputs.map((input) => (input === null ? home : (makerOfPart(values, input)?.section ?? home)));
    const sections = new Set([home, ...makers]);
    if (sections.size === 1) continue;
    const parts = new Map([...sections].map((section): [string, number[]] => [section, []]));
    for (const [part, section] of makers.entries()) parts.get(section)?.push(part);
    for (const [section, own] of parts) {
      const join: ScatteredJoin = { value, parts: own };
      const known = found.get(section);
      if (known === undefined) found.set(section, [join]);
      else known.push(join);
    }
  }
  return found;
}

/** The pattern that makes all elements of a part, as the part has them or but for axes of length 1. */
export function makerOfPart(values: Values, part: ValueId): PatternNode | undefined {
  const root = values.rootOf(part);
  const maker = values.producerOf(root);
  if (maker?.kind !== "pattern" || values.initialOf(root) !== undefined) return undefined;
  return insertedAxes(values.shapeOf(root), values.shapeOf(part)) === undefined ? undefined : maker;
}

/** The sections that read each value on the chip, behind views. */
function sectionsReading(graph: Graph, values: Values): ReadonlyMap<ValueId, ReadonlySet<string>> {
  const reading = new Map<ValueId, Set<string>>();
  for (const node of graph.nodes) {
    if ((node.kind !== "pattern" && node.kind !== "join") || node.section === undefined) continue;
    for (const used of valuesUsedBy(node)) {
      const root = values.rootOf(used);
      reading.set(root, (reading.get(root) ?? new Set()).add(node.section));
    }
  }
  return reading;
}
