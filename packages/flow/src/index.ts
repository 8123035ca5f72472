export type { Site } from "@rdu/chip";
export { addressRange, type Range } from "./address-range.ts";
export { checkPlacement } from "./check/check-placement.ts";
export {
  counterSteps,
  countersOfFiring,
  elementCountOf,
  evaluateAffine,
  firingCount,
  firingsPerTile,
  stepsBetween,
  tileCount,
  vectorLength,
} from "./domain.ts";
export { sectionToDot } from "./dot.ts";
export type {
  AddressProgram,
  Affine,
  Call,
  ComputeUnit,
  Counter,
  CounterValue,
  Domain,
  Flow,
  Guard,
  Handshake,
  Input,
  LoadUnit,
  MemoryUnit,
  Output,
  Port,
  Section,
  SimdBody,
  StoreUnit,
  Stream,
  SystolicBody,
  TensorSymbol,
  TileMap,
  Unit,
  UnitReduction,
  WeightSource,
  WriteProgram,
} from "./flow.ts";
export { flowToJson, placementToJson } from "./json.ts";
export { memoryBytes, type SectionNeeds, sectionBudget, sectionNeeds } from "./needs.ts";
export type { Hop, Placement, Route, SectionPlacement } from "./placement.ts";
export {
  domainOf,
  indexedPrograms,
  indexSection,
  inputCount,
  isCompute,
  isLoad,
  isMemory,
  isStore,
  outputCount,
  ownerOf,
  readProgramsOf,
  type SectionIndex,
  symbolsByName,
  writeProgramsOf,
} from "./queries.ts";
export { type ParseFlowOptions, parseFlow } from "./text/parse-flow.ts";
export { parsePlacement, printPlacement } from "./text/place-text.ts";
export {
  type PrintFlowOptions,
  payloadsOf,
  portText,
  printFlow,
  printSection,
  printUnitText,
} from "./text/print-flow.ts";
export { printDomain, printProgram } from "./text/program-text.ts";
export { tilesBefore } from "./tile-map.ts";
export { streamText, type Traffic, trafficOf } from "./traffic.ts";
export { firedVectors, type VectorSequence, vectorsInto, vectorsOutOf } from "./vectors.ts";
export { MOST_TILES } from "./verify/sane-numbers.ts";
export { verifyFlow } from "./verify/verify-flow.ts";
export { symbolBytes } from "./verify/verify-symbols.ts";
