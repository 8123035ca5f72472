export { estimateNeeds, lower } from "./lower.ts";
