import type { ValueId } from "@rdu/ir";
import { isFloat, isTensor, sameShape, type Tensor, toNumbers, typeText, type Value } from "@rdu/tensor";
import { toleranceOf } from "../operators/tolerance.ts";
import type { FuzzCase } from "./graph-draft.ts";
import { allowedDeviations, roundedValues } from "./sensitivity.ts";

/** Compares what is computed for a case with the reference. */
export class CaseComparison {
  readonly #fuzz: FuzzCase;
  readonly #rounded: ReadonlySet<ValueId>;
  #allowed: ReadonlyMap<ValueId, Float64Array> | undefined;

  constructor(fuzz: FuzzCase) {
    this.#fuzz = fuzz;
    this.#rounded = roundedValues(fuzz.graph);
  }

  /** Of an output from the reference's, beyond what is allowed. */
  difference(id: ValueId, got: Value | undefined): string | undefined {
    const want = this.#fuzz.values.get(id)!;
    if (got === undefined || !isTensor(got)) return "no tensor";
    if (got.dtype !== want.dtype || !sameShape(got.shape, want.shape)) {
      return `${typeText(got.dtype, got.shape)} instead of ${typeText(want.dtype, want.shape)}`;
    }
    const { rtol, atol } = toleranceOf(want);
    const rounded = this.#rounded.has(id);
    const [found, expected] = [elements(got), elements(want)];
    for (const index of differentPlaces(found, expected)) {
      const distance = Math.abs(Number(found[index]) - Number(expected[index]));
      // Bounds are only worked out where the tolerance of the last operator alone does not do.
      if (rounded && distance <= atol + rtol * Math.abs(Number(expected[index]))) continue;
      const most = rounded ? this.#bound(id, index) : 0;
      if (distance <= most || most === Number.POSITIVE_INFINITY) continue;
      return `element ${index} is ${found[index]}, not ${expected[index]} (allowed ${most})`;
    }
    return undefined;
  }

  #bound(id: ValueId, index: number): number {
    this.#allowed ??= allowedDeviations(this.#fuzz);
    return this.#allowed.get(id)![index]!;
  }
}

export type Elements = ArrayLike<number | bigint | string>;

export function elements(tensor: Tensor): Elements {
  return isFloat(tensor.dtype) ? toNumbers(tensor) : tensor.data;
}

/** Places of unequal elements. NaN equals NaN, and zeros each other. */
function differentPlaces(a: Elements, b: Elements): number[] {
  const places: number[] = [];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [a[index]!, b[index]!];
    if (x !== y && !(Number.isNaN(x) && Number.isNaN(y))) places.push(index);
  }
  return places;
}
