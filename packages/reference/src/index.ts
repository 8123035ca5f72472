export { type EvaluateOptions, evaluateGraph } from "./evaluate-graph.ts";
