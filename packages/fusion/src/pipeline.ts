import { canonicalise } from "./canonicalise.ts";
import { cutSections } from "./cut-sections.ts";
import { decompose } from "./decompose.ts";
import { eliminateDeadCode } from "./eliminate-dead-code.ts";
import { expandControlFlow } from "./expand-control-flow.ts";
import { foldConstants } from "./fold-constants.ts";
import { foldIndexMaps } from "./fold-index-maps.ts";
import { foldViews } from "./fold-views.ts";
import { fuseEpilogues } from "./fuse-epilogues.ts";
import { groupByRules } from "./group-by-rules.ts";
import { inferShapes } from "./infer-shapes.ts";
import { inlineMaps } from "./inline-maps.ts";
import { mergeEqualOperators } from "./merge-equal-operators.ts";
import { narrowFloats } from "./narrow-floats.ts";
import type { GraphPass, OptimizeLevel } from "./pass.ts";

/** The passes from an imported graph to sections of patterns, in order. A pass that runs twice stands here twice. */
// biome-ignore format: a table
export const PIPELINE: readonly GraphPass[] = [
  inferShapes,
  foldConstants,
  expandControlFlow,
  foldConstants,                   // what was written out computes with iteration numbers
  canonicalise,
  eliminateDeadCode,
  mergeEqualOperators,
  groupByRules,
  decompose,
  narrowFloats,
  foldViews,
  foldIndexMaps,
  fuseEpilogues,
  inlineMaps,
  fuseEpilogues,                   // a map that grew by what was inlined may now stand behind a reduction
  cutSections,
];

/** Every pass once, in order of first appearance. */
export const PASSES: readonly GraphPass[] = [...new Set(PIPELINE)];

/** The rows of the pipeline that run under these options. */
export function pipelineFor(optimize: OptimizeLevel): readonly GraphPass[] {
  return PIPELINE.filter((pass) => pass.optimize.includes(optimize));
}

export function passNamed(name: string): GraphPass | undefined {
  return PASSES.find((pass) => pass.name === name);
}
