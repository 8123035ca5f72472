import { sigmoid } from "../numeric/special.ts";

export type PostTransform = "NONE" | "SOFTMAX" | "LOGISTIC" | "SOFTMAX_ZERO" | "PROBIT";

/** What scores become before they are given out, row by row and in place. */
export function postTransformed(scores: Float64Array, width: number, transform: PostTransform): void {
  switch (transform) {
    case "NONE":
      return;
    case "LOGISTIC":
      for (let i = 0; i < scores.length; i += 1) scores[i] = sigmoid(scores[i]!);
      return;
    case "PROBIT":
      for (let i = 0; i < scores.length; i += 1) scores[i] = probit(scores[i]!);
      return;
    case "SOFTMAX":
    case "SOFTMAX_ZERO":
      for (let start = 0; start < scores.length; start += width)
        softmaxRow(scores.subarray(start, start + width), transform === "SOFTMAX_ZERO");
      return;
    default:
      transform satisfies never;
  }
}

/** SOFTMAX_ZERO leaves zeros zero. */
function softmaxRow(row: Float64Array, keepZeros: boolean): void {
  const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = row.map((value) => (keepZeros && value === 0 ? 0 : Math.exp(value - top)));
  const sum = powers.reduce((a, b) => a + b, 0);
  row.set(powers.map((value) => (sum === 0 ? 0 : value / sum)));
}

/** The inverse of the normal distribution by Winitzki's approximation of the inverse error function, as ONNX Runtime has it. */
function probit(p: number): number {
  const x = 2 * p - 1;
  const logarithm = Math.log((1 - x) * (1 + x));
  const half = 2 / (Math.PI * 0.147) + 0.5 * logarithm;
  return Math.SQRT2 * Math.sign(x) * Math.sqrt(-half + Math.sqrt(half * half - logarithm / 0.147));
}
