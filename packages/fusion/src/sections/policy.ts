import type { Node, PatternNode } from "@rdu/ir";
import { isContraction } from "../patterns/shape-of-pattern.ts";
import type { Atom } from "./atoms.ts";
import type { Fit } from "./fits.ts";

/** Contractions that -O1 puts in one section at most: a bigger section places and routes slower than it gains. */
const MOST_ANCHORS = 8;
/** Patterns that -O1 puts in one section at most. */
const MOST_PATTERNS = 32;

/** Why `next` starts a section of its own instead of joining the open one; undefined when it joins. */
export type CutPolicy = (open: readonly Node[], next: Atom, fit: Fit) => string | undefined;

export const onePerOperator: CutPolicy = () => "-O0 gives each operator its own section";

/** As on a GPU: a kernel is one pattern, with whatever was fused into its epilogue. */
export const onePerKernel: CutPolicy = (open) =>
  open.some((node) => node.kind !== "view") ? "conventional fusion ends a kernel at every reduction" : undefined;

export const byRules: CutPolicy = (open, next, fit) => {
  const patterns = (nodes: readonly Node[]): PatternNode[] => nodes.filter((node) => node.kind === "pattern");
  const together = [...open, ...next.nodes];
  if (patterns(together).filter(isContraction).length > MOST_ANCHORS && patterns(next.nodes).some(isContraction))
    return `the section holds ${MOST_ANCHORS} contractions`;
  if (patterns(together).length > MOST_PATTERNS) return `the section holds ${MOST_PATTERNS} patterns`;
  return fit.roughly(together);
};
