import type { Chip } from "@rdu/chip";
import { type SectionNeeds, sectionNeeds } from "@rdu/flow";
import { type Graph, type Node, type PatternNode, users, type ValueId, valuesDefinedBy } from "@rdu/ir";
import { DTYPES, elementCount } from "@rdu/tensor";
import { buildSection, type StageWork, stageWork } from "./lower-section.ts";
import { inlineTensor, type Values, valuesOf } from "./values.ts";

/** What one node takes of the chip by itself with one compute unit, and the tensors it streams in. */
interface NodeNeeds {
  readonly needs: SectionNeeds;
  readonly loads: ReadonlyMap<ValueId, number>;
}

interface Known {
  readonly chip: Chip;
  readonly values: Values;
  readonly users: ReadonlyMap<ValueId, readonly Node[]>;
  readonly nodes: Map<Node, NodeNeeds>;
  readonly works: Map<Node, StageWork>;
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
  const total = { pcus: 0, pmus: 0, agcuStreams: 0, sramBytes: 0 };
  for (const node of nodes) {
    if (node.kind === "host" || node.kind === "operator" || node.kind === "view") continue;
    if (node.kind === "join") addCopies(total, node, known);
    const { needs, loads } = needsOf(node, known);
    total.pcus += needs.pcus;
    total.pmus += needs.pmus;
    total.sramBytes += needs.sramBytes;
    for (const [value, streams] of loads) if (!made.has(value)) total.agcuStreams += streams;
    for (const output of valuesDefinedBy(node)) {
      const leaves =
        outputs.has(output) ||
        (known.users.get(output) ?? []).some((user) => !members.has(user) || user.kind === "view");
      if (leaves) total.agcuStreams += 1;
    }
  }
  return total;
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

/** The work of a pattern, asked for by the cutter as often as its needs. */
export function estimateWork(node: PatternNode, graph: Graph, chip: Chip): StageWork {
  const { values, works } = knownOf(graph, chip);
  const work = works.get(node) ?? stageWork(values, node, chip);
  works.set(node, work);
  return work;
}

function needsOf(node: Node, { values, nodes, chip }: Known): NodeNeeds {
  const found = nodes.get(node);
  if (found !== undefined) return found;
  const section = buildSection(
    values,
    { name: "estimate", nodes: [node], kept: valuesDefinedBy(node) },
    chip,
    1,
    "shared",
    "whole",
  );
  const loads = new Map<ValueId, number>();
  for (const unit of section.units) if (unit.kind === "load") loads.set(unit.symbol, (loads.get(unit.symbol) ?? 0) + 1);
  const made = { needs: sectionNeeds(section), loads };
  nodes.set(node, made);
  return made;
}

function knownOf(graph: Graph, chip: Chip): Known {
  const found = KNOWN.get(graph);
  if (found?.chip === chip) return found;
  const made = {
    chip,
    values: valuesOf(graph, inlineTensor),
    users: users(graph),
    nodes: new Map<Node, NodeNeeds>(),
    works: new Map<Node, StageWork>(),
  };
  KNOWN.set(graph, made);
  return made;
}
