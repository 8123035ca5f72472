export { addForms, constantForm, type Form, formInterval, type Interval, usesLoop } from "./form.ts";
export { lanesOf } from "./lanes.ts";
export { firings, type Mapping, type MappingContext, operandType, type Template } from "./mapping.ts";
export {
  leavesTensor,
  loopRanges,
  type Nest,
  type NestAxis,
  type NestLoop,
  type NestRead,
  type NestResult,
  nestOf,
  readUsesLoop,
} from "./nest.ts";
export { mapNest, templates } from "./registry.ts";
