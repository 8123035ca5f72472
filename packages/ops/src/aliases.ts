import type { Tensor } from "@rdu/tensor";
import { sameAs } from "./compose.ts";
import { gatherND } from "./indexing/gather.ts";
import { trilu } from "./layout/layout.ts";
import { pad } from "./layout/pad.ts";
import { tensorOf } from "./numeric/numbers.ts";
import { type Operator, operator } from "./operator.ts";
import { dequantizeLinear, quantizeLinear } from "./quantization/quantize.ts";
import { range } from "./shape/constants.ts";

/** Range whose step may be left out. */
const rangeByOne = operator({
  ...sameAs("com.microsoft.Range", range),
  infer(c) {
    const constant = (index: number): Tensor | undefined => (c.has(index) ? c.constant(index) : one(c.dtype(0)));
    return range.infer({ ...c, constant });
  },
  evaluate(c) {
    const tensor = (index: number): Tensor => (c.has(index) ? c.tensor(index) : one(c.tensor(0).dtype));
    return range.evaluate({ ...c, tensor });
  },
});

function one(dtype: Tensor["dtype"]): Tensor {
  return tensorOf(dtype, [], [1]);
}

/** Operators of ONNX Runtime that became standard ones, or widen the types of a standard one. */
export const ALIASES: readonly Operator[] = [
  ...[trilu, pad, gatherND, quantizeLinear, dequantizeLinear].map((row) => sameAs(`com.microsoft.${row.name}`, row)),
  rangeByOne,
];
