import { type Graph, type Node, staticShape, type ValueId, valuesDefinedBy, valuesUsedBy } from "@rdu/ir";
import { DTYPES, elementCount } from "@rdu/tensor";
import type { PassContext } from "../pass.ts";
import type { Atom } from "./atoms.ts";
import type { Fit } from "./fits.ts";

/** Bytes that a launch is worth: what memory moves while a section is loaded (25 us at 1024 bytes a cycle and 1.6 GHz). */
const LAUNCH_BYTES = 2 ** 25;

/**
 * The cut with the least cost over all cuts of the atoms, in order: a launch for each section, and twice the bytes that cross each
 * boundary (written to memory and read back). Host calls and user groups bound the runs that are cut.
 */
export function fewestSections(atoms: readonly Atom[], graph: Graph, fit: Fit, context: PassContext): Node[][] {
  const sections: Node[][] = [];
  let run: Atom[] = [];
  const flush = (): void => {
    if (run.length > 0) sections.push(...cutRun(run, graph, fit, context));
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

function cutRun(atoms: readonly Atom[], graph: Graph, fit: Fit, context: PassContext): Node[][] {
  const pieces = atoms.flatMap((atom) => piecesOf(atom, fit));
  const crossing = crossingBytes(pieces, graph);
  // best[i]: the least cost of the first i pieces, and where its last section begins.
  const best: { cost: number; from: number }[] = [{ cost: 0, from: 0 }];
  for (let end = 1; end <= pieces.length; end += 1) best.push({ cost: Number.POSITIVE_INFINITY, from: end - 1 });
  for (let from = 0; from < pieces.length; from += 1) {
    const reached = best[from]?.cost ?? 0;
    const nodes: Node[] = [];
    for (let end = from + 1; end <= pieces.length; end += 1) {
      nodes.push(...(pieces[end - 1] ?? []));
      if (end > from + 1 && fit.roughly(nodes) !== undefined) break;
      const cost = reached + LAUNCH_BYTES + 2 * (end < pieces.length ? (crossing[end] ?? 0) : 0);
      const known = best[end];
      if (known !== undefined && cost < known.cost) best[end] = { cost, from };
    }
  }
  const bounds: number[] = [];
  for (let end = pieces.length; end > 0; end = best[end]?.from ?? 0) bounds.unshift(end);
  let from = 0;
  return bounds.map((end) => {
    const section = pieces.slice(from, end).flat();
    const first = section[0];
    if (from > 0 && first !== undefined)
      context.record({
        nodes: first.origin,
        rule: "cut-sections",
        verdict: "cut",
        reason: `the cheapest cut that fits: ${crossing[from] ?? 0} bytes cross it`,
      });
    from = end;
    return section;
  });
}

function piecesOf(atom: Atom, fit: Fit): Node[][] {
  return fit.roughly(atom.nodes) === undefined ? [[...atom.nodes]] : atom.nodes.map((node) => [node]);
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
  const bytes = pieces.map(() => 0);
  for (const [id, made] of madeAt) {
    const type = graph.types.get(id);
    const shape = staticShape(type);
    if (type?.kind !== "tensor" || shape === undefined) continue;
    const size = elementCount(shape) * DTYPES[type.dtype].bytes;
    for (let boundary = made + 1; boundary <= (lastUse.get(id) ?? made); boundary += 1)
      bytes[boundary] = (bytes[boundary] ?? 0) + size;
  }
  return bytes;
}
