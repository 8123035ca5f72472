export { estimateNeeds } from "./estimate.ts";
export { lower } from "./lower.ts";
