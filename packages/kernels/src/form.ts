/** An affine form over the loops of a nest: constant + sum of coefficients[l] * loop l. */
export interface Form {
  readonly constant: number;
  readonly coefficients: readonly number[];
}

/** Smallest and largest value of a form, inclusive. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export function addForms(a: Form, b: Form, scale = 1): Form {
  return {
    constant: a.constant + scale * b.constant,
    coefficients: a.coefficients.map((coefficient, loop) => coefficient + scale * (b.coefficients[loop] ?? invalid())),
  };
}

export function constantForm(constant: number, loops: number): Form {
  return { constant, coefficients: new Array<number>(loops).fill(0) };
}

/** The range of a form when loop l runs over [ranges[l].low, ranges[l].high]. */
export function formInterval(form: Form, ranges: readonly Interval[]): Interval {
  let low = form.constant;
  let high = form.constant;
  form.coefficients.forEach((coefficient, loop) => {
    const range = ranges[loop] ?? invalid();
    low += coefficient * (coefficient >= 0 ? range.low : range.high);
    high += coefficient * (coefficient >= 0 ? range.high : range.low);
  });
  return { low, high };
}

export function usesLoop(form: Form, loop: number): boolean {
  return (form.coefficients[loop] ?? 0) !== 0;
}

function invalid(): never {
  throw new RangeError("form and loops differ in length");
}
