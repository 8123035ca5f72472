import type { Chip } from "@rdu/chip";
import { elementAt } from "@rdu/diagnostics";
import { type SectionNeeds, sectionNeeds } from "@rdu/flow";
import { type Graph, type Node, type PatternNode, users, type ValueId, valuesDefinedBy, valuesUsedBy } from "@rdu/ir";
import { DTYPES, elementCount } from "@rdu/tensor";
import { likenessOf } from "./likeness.ts";
import { buildSection, type StageWork, stageWork } from "./lower-section.ts";
import { makerOfPart } from "./scattered-joins.ts";
import { inlineTensor, type Values, valuesOf } from "./values.ts";

/** What one node takes of the chip by itself with one compute unit, and the streams that bring in each operand. */
interface NodeNeeds {
  readonly needs: SectionNeeds;
  /** By input; what several inputs show is counted with the first. */
  readonly loads: readonly number[];
}

interface Known {
  readonly chip: Chip;
  readonly values: Values;
  readonly users: ReadonlyMap<ValueId, readonly Node[]>;
  readonly likeness: Map<Node, string>;
  /** By likeness: the steps of a recurrence need the same. */
  readonly needs: Map<string, NodeNeeds>;
  readonly works: Map<string, StageWork>;
}

const KNOWN = new WeakMap<Graph, Known>();

/**
 * What a group of nodes would need of the chip as one section with one compute unit a stage: the sum of what each needs by itself, every stage
 * buffer holding all of its operand, without the streams to and from memory of values that stay inside. Never too low; the cutter asks it often.
 */
export function estimateNeeds(nodes: readonly Node[], graph: Graph, chip: Chip): SectionNeeds {
  const known = knownOf(graph, chip);
  const made = new Set(nodes.flatMap((node) => valuesDefinedBy(node)));
  const members = new Set(nodes);
  const outputs = new Set(graph.outputs.map((output) => known.values.rootOf(output)));
  const read = new Set(
    nodes.flatMap((node) => (node.kind === "view" ? [] : valuesUsedBy(node))).map(known.values.rootOf),
  );
  const total = { pcus: 0, pmus: 0, agcuStreams: 0, sramBytes: 0 };
  for (const node of nodes) {
    if (node.kind === "host" || node.kind === "operator" || node.kind === "view") continue;
    if (isScattered(node, read, known.values)) continue;
    if (node.kind === "join") addCopies(total, node, known);
    const { needs, loads } = needsOf(node, known);
    total.pcus += needs.pcus;
    total.pmus += needs.pmus;
    total.sramBytes += needs.sramBytes;
    node.inputs.forEach((input, index) => {
      if (input !== null && !made.has(known.values.rootOf(input))) total.agcuStreams += elementAt(loads, index);
    });
    for (const output of valuesDefinedBy(node)) {
      const leaves =
        outputs.has(output) ||
        (known.users.get(output) ?? []).some((user) => !members.has(user) || user.kind === "view");
      if (leaves) total.agcuStreams += 1;
    }
  }
  return total;
}

/** A join that nobody here reads and whose parts all are made on the chip takes nothing: who makes a part stores it in its place. */
function isScattered(node: Node, read: ReadonlySet<ValueId>, values: Values): boolean {
  if (node.kind !== "join" || valuesDefinedBy(node).some((value) => read.has(value))) return false;
  return node.inputs.every((input) => input !== null && makerOfPart(values, input) !== undefined);
}

/** A join of views, or of tensors from memory, gets a copy for each (see `copyJoinedViews`): a stage and the buffer that it reads. */
function addCopies(
  total: { pcus: number; pmus: number; sramBytes: number },
  node: Node,
  { values, chip }: Known,
): void {
  for (const input of node.inputs) {
    const maker = input === null ? undefined : values.producerOf(input);
    if (input === null || (maker !== undefined && maker.kind !== "view")) continue;
    const bytes = elementCount(values.shapeOf(input)) * DTYPES[values.dtypeOf(input)].bytes;
    total.pcus += 1;
    total.pmus += Math.max(1, Math.ceil(bytes / chip.pmu.bytes));
    total.sramBytes += bytes;
  }
}

/** What one pattern needs at the least: one compute unit a stage, loads shared, buffers circular where that is enough. */
export function leastNeeds(node: PatternNode, graph: Graph, chip: Chip): SectionNeeds {
  const section = { name: "least", nodes: [node], kept: valuesDefinedBy(node), scattered: [] };
  return sectionNeeds(buildSection(valuesOf(withNode(graph, node), inlineTensor), section, chip, 1, "shared"));
}

/** The graph with a node in it that is about to take the place of another. */
function withNode(graph: Graph, node: PatternNode): Graph {
  return graph.nodes.includes(node) ? graph : { ...graph, nodes: [...graph.nodes, node] };
}

/** The work of a pattern, asked for by the cutter as often as its needs. */
export function estimateWork(node: PatternNode, graph: Graph, chip: Chip): StageWork {
  const known = knownOf(graph, chip);
  const likeness = likenessOfNode(node, known);
  const work = known.works.get(likeness) ?? stageWork(known.values, node, chip);
  known.works.set(likeness, work);
  return work;
}

function likenessOfNode(node: Node, { values, likeness }: Known): string {
  const text = likeness.get(node) ?? likenessOf(values, [node], valuesDefinedBy(node), []);
  likeness.set(node, text);
  return text;
}

function needsOf(node: Node, known: Known): NodeNeeds {
  const { values, needs, chip } = known;
  const likeness = likenessOfNode(node, known);
  const found = needs.get(likeness);
  if (found !== undefined) return found;
  const section = buildSection(
    values,
    { name: "estimate", nodes: [node], kept: valuesDefinedBy(node), scattered: [] },
    chip,
    1,
    "shared",
    "whole",
  );
  const roots = node.inputs.map((input) => (input === null ? null : values.rootOf(input)));
  const loads = roots.map((root, index) =>
    roots.indexOf(root) < index
      ? 0
      : section.units.filter((unit) => unit.kind === "load" && unit.symbol === root).length,
  );
  const made = { needs: sectionNeeds(section), loads };
  needs.set(likeness, made);
  return made;
}

function knownOf(graph: Graph, chip: Chip): Known {
  const found = KNOWN.get(graph);
  if (found?.chip === chip) return found;
  const made = {
    chip,
    values: valuesOf(graph, inlineTensor),
    users: users(graph),
    likeness: new Map<Node, string>(),
    needs: new Map<string, NodeNeeds>(),
    works: new Map<string, StageWork>(),
  };
  KNOWN.set(graph, made);
  return made;
}
