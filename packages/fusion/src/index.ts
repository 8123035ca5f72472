export {
  type FusionMode,
  type GraphLevel,
  type GraphPass,
  OPTIMIZE_LEVELS,
  type OptimizeLevel,
  type PassContext,
  PRECISIONS,
  type Precision,
} from "./pass.ts";
export { PASSES, PIPELINE, passNamed, pipelineFor } from "./pipeline.ts";
export { parseRules } from "./rules/parse-rules.ts";
export type { FusionRule, RuleHeuristic, RuleNode } from "./rules/rule.ts";
