export { clock } from "./clock/clock.ts";
export { clockProgram, type Orchestration, type ProgramTiming } from "./clock/clock-program.ts";
export type { Energy, LinkLoad, SectionTiming, Tier, Traffic, UnitTiming, Wait } from "./clock/timing.ts";
export { exact } from "./exact/exact.ts";
export { compileFast, type FastSection, type ModuleCache } from "./fast/compile-fast.ts";
export { type DeviceMemory, type Elements, elementsOf } from "./memory.ts";
