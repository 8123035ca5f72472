import { type Signature, signatureOf } from "@rdu/ops";
import {
  type DType,
  fromNumbers,
  integerRange,
  isDType,
  isFloat,
  isInteger,
  type Tensor,
  toNumbers,
} from "@rdu/tensor";
import type { Sample } from "../operators/sample.ts";
import type { RandomDraw } from "../support/random-draw.ts";

/** Wide and odd floats. */
const SPECIAL = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e-30,
  -1e-40,
  6e4,
  0.5,
  -2.5,
  100,
  -88,
];

/** The sample with other element types that its signature allows, and odd values here and there where values are free. */
export function varied(sample: Sample, opset: number, draw: RandomDraw): Sample {
  const signature = signatureOf(sample.op, opset);
  if (signature === undefined) return sample;
  const typed = draw.flip() ? retyped(sample, signature, draw) : sample;
  return draw.nat(3) === 0 ? sprinkled(typed, signature, draw) : typed;
}

/** The variable of the signature that types an operand: "T"; or its type where that is fixed. None of operands that have types of their own. */
function typeOf(signature: Signature, index: number): string | undefined {
  const last = signature.inputs.at(-1);
  const parameter = signature.inputs[index] ?? (last?.option === "variadic" ? last : undefined);
  return parameter?.heterogeneous === true ? undefined : parameter?.type;
}

function retyped(sample: Sample, { types, ...signature }: Signature, draw: RandomDraw): Sample {
  const chosen = new Map<string, DType>();
  for (const [variable, allowed] of Object.entries(types)) {
    const known = allowed.filter(
      (type): type is DType => isDType(type) && (type === "bool" || isInteger(type) || isFloat(type)),
    );
    if (known.length > 0) chosen.set(variable, draw.pick(known));
  }
  const inputs = sample.inputs.map((tensor, index) => {
    const dtype = chosen.get(typeOf({ types, ...signature }, index) ?? "");
    return tensor === null || dtype === undefined ? tensor : converted(tensor, dtype);
  });
  return { ...sample, inputs };
}

/** The values in another type, within its range; fractions are cut off, and a negative becomes positive where there is no sign. */
function converted(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const numbers = toNumbers(tensor);
  if (dtype === "bool")
    return fromNumbers(
      dtype,
      tensor.shape,
      numbers.map((x) => (x === 0 ? 0 : 1)),
    );
  if (isFloat(dtype)) return fromNumbers(dtype, tensor.shape, numbers);
  const [least, most] = [Number(integerRange(dtype).least), Number(integerRange(dtype).most)];
  return fromNumbers(
    dtype,
    tensor.shape,
    numbers.map((x) => {
      const whole = Number.isNaN(x) ? 0 : Math.trunc(x);
      const signed = least === 0 ? Math.abs(whole) : whole;
      return Math.max(least, Math.min(signed, most > 2 ** 53 ? 2 ** 53 : most));
    }),
  );
}

/** One element in eight of the float operands of the first operand's type becomes special. */
function sprinkled(sample: Sample, signature: Signature, draw: RandomDraw): Sample {
  const inputs = sample.inputs.map((tensor, index) => {
    if (tensor === null || !isFloat(tensor.dtype) || typeOf(signature, index) !== typeOf(signature, 0)) return tensor;
    const numbers = toNumbers(tensor).map((x) => (draw.nat(7) === 0 ? draw.pick(SPECIAL) : x));
    return fromNumbers(tensor.dtype, tensor.shape, numbers);
  });
  return { ...sample, inputs };
}
