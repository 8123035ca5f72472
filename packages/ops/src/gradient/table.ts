import { ELEMENTWISE_GRADIENTS } from "./elementwise.ts";
import type { Gradient } from "./gradient.ts";
import { LAYOUT_GRADIENTS } from "./layout.ts";
import { LINEAR_GRADIENTS } from "./linear.ts";
import { REDUCTION_GRADIENTS } from "./reduction.ts";

/** The derivatives of each operator that has them written, by name; the registry joins them to the operator's meaning. */
export const GRADIENTS: Readonly<Record<string, Gradient>> = {
  ...ELEMENTWISE_GRADIENTS,
  ...LAYOUT_GRADIENTS,
  ...REDUCTION_GRADIENTS,
  ...LINEAR_GRADIENTS,
};
