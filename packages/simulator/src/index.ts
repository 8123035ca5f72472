export { exact } from "./exact/exact.ts";
export { type DeviceMemory, type Elements, elementsOf } from "./memory.ts";
