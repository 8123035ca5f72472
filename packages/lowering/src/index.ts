export type { Microbatch } from "./batch-tiles.ts";
export { estimateNeeds, estimateWork, leastNeeds } from "./estimate.ts";
export { lower } from "./lower.ts";
export { emptyMemory, type LoweringMemory, type StageWork } from "./lower-section.ts";
