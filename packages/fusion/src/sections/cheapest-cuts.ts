import { elementAt } from "@rdu/diagnostics";
import {
  type Graph,
  type Node,
  staticShape,
  unionOfOrigins,
  type ValueId,
  valuesDefinedBy,
  valuesUsedBy,
} from "@rdu/ir";
import { DTYPES, elementCount } from "@rdu/tensor";
import type { PassContext } from "../pass.ts";
import { isContraction } from "../patterns/shape-of-pattern.ts";
import type { Atom } from "./atoms.ts";
import type { FillingSection, Fit } from "./fits.ts";

/** Bytes that a launch is worth: what memory moves while a section is loaded (25 us at 1024 bytes a cycle and 1.6 GHz). */
const LAUNCH_BYTES = 2 ** 25;
/** What memory moves in a cycle. */
const BYTES_A_CYCLE = 1024;

/** What one section may hold at most, beside what the chip allows. */
export interface SectionLimits {
  readonly contractions: number;
  readonly patterns: number;
}

/**
 * Cuts atoms into sections, in order, so that the cost is least over all cuts: a launch for each section, its cycles, and twice the bytes that
 * cross each boundary (written to memory and read back), all counted in bytes of memory traffic. Host calls and user groups bound the runs that are cut.
 */
export function cheapestCuts(
  atoms: readonly Atom[],
  graph: Graph,
  fit: Fit,
  limits: SectionLimits,
  context: PassContext,
): Node[][] {
  const sections: Node[][] = [];
  let run: Atom[] = [];
  const flush = (): void => {
    if (run.length > 0) sections.push(...cutRun(run, graph, fit, limits, context));
    run = [];
  };
  for (const atom of atoms) {
    if (atom.kind === "host" || atom.rule !== undefined) {
      flush();
      sections.push([...atom.nodes]);
    } else run.push(atom);
  }
  flush();
  return sections;
}

/** The best way to cut off the first pieces: its cost, where its last section begins, and why that one does not begin earlier. */
interface Prefix {
  readonly cost: number;
  readonly from: number;
}

function cutRun(atoms: readonly Atom[], graph: Graph, fit: Fit, limits: SectionLimits, context: PassContext): Node[][] {
  const pieces = atoms.flatMap((atom) => piecesOf(atom, fit, limits));
  const crossing = crossingBytes(pieces, graph);
  const best: Prefix[] = [{ cost: 0, from: 0 }];
  const reasons: string[] = [];
  for (let from = 0; from < pieces.length; from += 1) {
    const reached = best[from]?.cost ?? 0;
    const section = limited(fit, limits);
    for (let end = from + 1; end <= pieces.length; end += 1) {
      const reason = section.add(pieces[end - 1] ?? []);
      if (reason !== undefined && end > from + 1) {
        reasons[from] = reason;
        break;
      }
      const crosses = end < pieces.length ? elementAt(crossing, end) : 0;
      const cost = reached + LAUNCH_BYTES + 2 * crosses + section.cycles() * BYTES_A_CYCLE;
      if (cost < (best[end]?.cost ?? Number.POSITIVE_INFINITY)) best[end] = { cost, from };
    }
  }
  const starts: number[] = [];
  for (let end = pieces.length; end > 0; end = best[end]?.from ?? 0) starts.unshift(best[end]?.from ?? 0);
  return starts.map((from, index) => {
    const before = starts[index - 1];
    const first = pieces[from] ?? [];
    if (before !== undefined)
      context.record({
        nodes: unionOfOrigins(first.map(({ origin }) => origin)),
        rule: "cut-sections",
        verdict: "cut",
        reason: `${reasons[before] ?? "one section is full"}; this is the cheapest place, ${elementAt(crossing, from)} bytes cross it`,
      });
    return pieces.slice(from, starts[index + 1] ?? pieces.length).flat();
  });
}

/** A section to be filled: says what is too much once nodes are added. */
function limited(fit: Fit, limits: SectionLimits): FillingSection {
  const section = fit.fill();
  let contractions = 0;
  let patterns = 0;
  const add = (nodes: readonly Node[]): string | undefined => {
    const added = nodes.filter((node) => node.kind === "pattern");
    patterns += added.length;
    contractions += added.filter(isContraction).length;
    const tooMuch = section.add(nodes);
    if (contractions > limits.contractions)
      return `the section before would hold over ${limits.contractions} contractions`;
    if (patterns > limits.patterns) return `the section before would hold over ${limits.patterns} patterns`;
    return tooMuch;
  };
  return { add, cycles: () => section.cycles() };
}

/** An atom stays whole when it fits. */
function piecesOf(atom: Atom, fit: Fit, limits: SectionLimits): Node[][] {
  const reason = limited(fit, limits).add(atom.nodes);
  return reason === undefined ? [[...atom.nodes]] : atom.nodes.map((node) => [node]);
}

/** Bytes of the values that are made before boundary i and used behind it. */
function crossingBytes(pieces: readonly (readonly Node[])[], graph: Graph): number[] {
  const madeAt = new Map<ValueId, number>();
  const lastUse = new Map<ValueId, number>();
  pieces.forEach((nodes, index) => {
    for (const node of nodes) {
      for (const used of valuesUsedBy(node)) lastUse.set(used, index);
      if (node.kind !== "view") for (const made of valuesDefinedBy(node)) madeAt.set(made, index);
    }
  });
  // A view is read for what it shows.
  for (const node of [...pieces.flat()].reverse()) {
    const [from, to] = [node.inputs[0], node.outputs[0]];
    if (node.kind === "view" && from != null && to != null)
      lastUse.set(from, Math.max(lastUse.get(from) ?? 0, lastUse.get(to) ?? 0));
  }
  const bytes = pieces.map(() => 0);
  for (const [id, made] of madeAt) {
    const type = graph.types.get(id);
    const shape = staticShape(type);
    if (type?.kind !== "tensor" || shape === undefined) continue;
    const size = elementCount(shape) * DTYPES[type.dtype].bytes;
    for (let boundary = made + 1; boundary <= (lastUse.get(id) ?? made); boundary += 1)
      bytes[boundary] = elementAt(bytes, boundary) + size;
  }
  return bytes;
}
