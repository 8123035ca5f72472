import { roundTiesToEven, type Tensor } from "@rdu/tensor";
import { numbersOf } from "../numeric/numbers.ts";
import { saturated } from "../numeric/saturate.ts";
import type { EvaluateContext } from "../operator.ts";
import { LSTM, type Products, recurrent } from "./recurrent.ts";

/** Numbers as uint8 less their zero point, and the scale of a step. */
interface Quantised {
  readonly centred: Float64Array;
  readonly scale: number;
}

/** To the range of the values, which always includes 0. */
function quantised(values: ArrayLike<number>): Quantised {
  let [low, high] = [0, 0];
  for (let i = 0; i < values.length; i += 1) {
    low = Math.min(low, Math.fround(values[i]!));
    high = Math.max(high, Math.fround(values[i]!));
  }
  const scale = Math.fround(Math.fround(high - low) / 255);
  if (scale === 0) return { centred: new Float64Array(values.length), scale };
  const zero = saturated("uint8", roundTiesToEven(Math.fround(-low / scale)));
  const step = (value: number): number => roundTiesToEven(Math.fround(Math.fround(value) / scale));
  return { centred: Float64Array.from(values, (value) => saturated("uint8", step(value) + zero) - zero), scale };
}

/**
 * One matrix of weights [direction, depth, width], and its scale and zero point: one a direction, or [direction, width]. A zero point is the same
 * for all columns.
 */
class Weights {
  readonly #numbers: ArrayLike<number>;
  readonly #scales: Tensor;
  readonly #zeros: Tensor;
  readonly #depth: number;
  readonly width: number;

  constructor(c: EvaluateContext, index: number, scales: number) {
    const weights = c.tensor(index);
    [, this.#depth, this.width] = weights.shape as [number, number, number];
    this.#numbers = numbersOf(weights);
    [this.#scales, this.#zeros] = [c.tensor(scales), c.tensor(scales + 1)];
  }

  /** Of `count` columns from `first` on, with a quantised vector that begins at `at`. */
  product(d: number, { centred, scale }: Quantised, at: number, first: number, count: number): Float64Array {
    const zero = valueAt(this.#zeros, d, 0);
    return Float64Array.from({ length: count }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < this.#depth; k += 1) {
        const weight = this.#numbers[(d * this.#depth + k) * this.width + first + i]!;
        sum += centred[at + k]! * (weight - zero);
      }
      return Math.fround(sum * Math.fround(scale * valueAt(this.#scales, d, first + i)));
    });
  }
}

function valueAt(parameter: Tensor, d: number, column: number): number {
  const width = parameter.shape.length === 1 ? 1 : parameter.shape[1]!;
  return numbersOf(parameter)[d * width + (width === 1 ? 0 : column)]!;
}

/**
 * All steps of X are quantized to one range, as far as the longest sequence goes. A state is quantized to its own range at every step, that of each
 * sequence for itself: ONNX Runtime takes as many sequences together as it has not threads for.
 */
function quantizedProducts(c: EvaluateContext): Products {
  const [w, r] = [new Weights(c, 1, 8), new Weights(c, 2, 10)];
  const [steps, batch, size] = c.tensor(0).shape as [number, number, number];
  const longest = c.has(4) ? Math.max(0, ...c.integers(4)) : steps;
  const x = quantised(numbersOf(c.tensor(0)).subarray(0, longest * batch * size));
  const hidden = r.width / LSTM.gates;
  return {
    fromInput: (d, row) => w.product(d, x, row * size, 0, w.width),
    fromState: (d, gate, state) => r.product(d, quantised(state), 0, gate * hidden, hidden),
  };
}

export const dynamicQuantizeLstm = recurrent(
  "com.microsoft.DynamicQuantizeLSTM",
  "LSTM with weights of 8 bits, operands quantized to their range",
  { ...LSTM, hiddenAxis: 1, products: quantizedProducts },
);
