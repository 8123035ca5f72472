import type { SectionNeeds } from "@rdu/flow";
import { type Graph, type Node, users, type ValueId, valuesDefinedBy, valuesUsedBy } from "@rdu/ir";
import type { PassContext } from "../pass.ts";

const RESOURCES = [
  ["pcus", "PCUs"],
  ["pmus", "PMUs"],
  ["agcuStreams", "AGCU streams"],
  ["sramBytes", "bytes of SRAM"],
] as const satisfies readonly (readonly [keyof SectionNeeds, string])[];

/** Says what nodes would take too much of as one section, in words; undefined when they fit. */
export interface Fit {
  /** A section to be filled node by node: from what each needs alone, less the loads and stores between them. Off by a stream or two. */
  readonly fill: () => FillingSection;
  /** From the section that the nodes would become. */
  readonly exactly: (nodes: readonly Node[]) => string | undefined;
}

export interface FillingSection {
  /** Adds nodes that follow those added before; gives what is too much with them. */
  add(nodes: readonly Node[]): string | undefined;
  /** Cycles that the section would take, roughly: units in proportion to work, the slowest stage, and what others do not hide. */
  cycles(): number;
}

export function fitOf(graph: Graph, context: PassContext): Fit {
  const readers = users(graph);
  const outputs = new Set(graph.outputs);
  const known = new Map<Node, SectionNeeds>();
  const alone = (node: Node): SectionNeeds => {
    const needs = known.get(node) ?? context.estimate([node], graph);
    known.set(node, needs);
    return needs;
  };
  const within = (needs: SectionNeeds): string | undefined => {
    for (const [resource, name] of RESOURCES) {
      if (needs[resource] > context.budget[resource])
        return `together they need ${needs[resource]} ${name} of ${context.budget[resource]}`;
    }
    return undefined;
  };
  const readersOutside = (value: ValueId): number => (readers.get(value) ?? []).length + (outputs.has(value) ? 1 : 0);
  return {
    fill() {
      const sum = { pcus: 0, pmus: 0, agcuStreams: 0, sramBytes: 0 };
      /** Readers that are still outside, for each value made inside. */
      const open = new Map<ValueId, number>();
      const works: Work[] = [];
      const joins = joinsFromMemory();
      const addNode = (node: Node): void => {
        joins.add(node);
        if (node.kind === "pattern") works.push(context.work(node, graph));
        for (const used of valuesUsedBy(node)) {
          const left = open.get(used);
          if (left === undefined) continue;
          open.set(used, left - 1);
          // A load that is none, and with the last reader a store that is none.
          if (node.kind === "pattern") sum.agcuStreams -= 1;
          if (left === 1) sum.agcuStreams -= 1;
        }
        if (node.kind !== "pattern") return;
        const needs = alone(node);
        sum.pcus += needs.pcus;
        sum.pmus += needs.pmus;
        sum.sramBytes += needs.sramBytes;
        sum.agcuStreams += needs.agcuStreams;
        for (const value of valuesDefinedBy(node)) open.set(value, readersOutside(value));
      };
      return {
        add(nodes) {
          nodes.forEach(addNode);
          if (joins.most > MOST_PARTS) return `a tensor of ${joins.most} parts is read once they are joined in memory`;
          return within({ ...sum, agcuStreams: Math.max(0, sum.agcuStreams) });
        },
        cycles: () => cyclesOf(works, Math.min(context.budget.pcus / UNITS_A_SHARE, context.budget.pmus - sum.pmus)),
      };
    },
    exactly: (nodes) => within(context.estimate(nodes, graph)),
  };
}

/** Parts of a joined tensor that one stage may load each by itself. */
const MOST_PARTS = 32;

/** Counts, in a section to be filled, the parts from memory of the joins that its patterns read. */
function joinsFromMemory(): { add(node: Node): void; readonly most: number } {
  const made = new Set<ValueId>();
  /** Parts of joins made inside, by the join and its views. */
  const parts = new Map<ValueId, number>();
  let most = 0;
  return {
    get most() {
      return most;
    },
    add(node) {
      if (node.kind === "join") {
        const outside = node.inputs.filter((input) => input !== null && !made.has(input)).length;
        for (const value of valuesDefinedBy(node)) parts.set(value, outside);
      }
      for (const used of valuesUsedBy(node)) {
        const count = parts.get(used) ?? 0;
        if (node.kind === "view") for (const value of valuesDefinedBy(node)) parts.set(value, count);
        else most = Math.max(most, count);
      }
      if (node.kind !== "view" || node.inputs.some((input) => input !== null && made.has(input)))
        for (const value of valuesDefinedBy(node)) made.add(value);
    },
  };
}

interface Work {
  readonly cycles: number;
  readonly tiles: number;
}

/** Compute units that one more share of a stage takes: itself, and often one for its epilogue. */
const UNITS_A_SHARE = 1.5;
/** Shares of one stage at the most, as lowering has it. */
const MOST_SHARES = 64;
/** Tiles that a reader of rows waits for before it starts: the window of a convolution. */
const TILES_AHEAD = 3;

/** Stages that work tile by tile hide behind the slowest but for their first tiles; those of one tile hide nothing. */
function cyclesOf(works: readonly Work[], shares: number): number {
  const total = works.reduce((sum, work) => sum + work.cycles, 0);
  let slowest = 0;
  let bare = 0;
  for (const { cycles, tiles } of works) {
    const share = Math.max(1, Math.min(MOST_SHARES, (shares * cycles) / Math.max(1, total)));
    slowest = Math.max(slowest, cycles / share);
    bare += (cycles / share) * Math.min(1, TILES_AHEAD / tiles);
  }
  return slowest + bare;
}
