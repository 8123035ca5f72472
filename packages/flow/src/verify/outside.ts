import { elementAt } from "@rdu/diagnostics";
import { counterSteps } from "../domain.ts";
import type { AddressProgram } from "../flow.ts";

/** Elements that are looked at one by one before giving up. */
const MOST_ELEMENTS = 1 << 18;

/**
 * Whether a program really accesses an address outside [0, elements): looks at every element. For the programs whose guards the range
 * analysis cannot follow. undefined when there are too many elements to look at.
 */
export function accessesOutside(program: AddressProgram, elements: number): boolean | undefined {
  const { domain, address, guards, index } = program;
  const { counters, vector, lanes } = domain;
  let work = lanes;
  for (const counter of counters) work *= counterSteps(counter);
  if (!(work <= MOST_ELEMENTS)) return undefined;
  const reach = index === undefined ? 0 : index.stride * Math.max(0, index.bound - 1);
  const forms = [address, ...guards.map(({ form }) => form)];

  const isOutside = (sums: readonly number[], lane: number): boolean => {
    for (const [guard, { form, bound }] of guards.entries()) {
      const value = elementAt(sums, guard + 1) + form.laneStride * lane;
      if (value < 0 || value >= bound) return false;
    }
    const at = elementAt(sums, 0) + address.laneStride * lane;
    return at + Math.min(0, reach) < 0 || at + Math.max(0, reach) >= elements;
  };
  const visit = (depth: number, sums: readonly number[], values: readonly number[]): boolean => {
    const counter = counters[depth];
    if (counter === undefined) {
      const vectorCounter = counters[vector];
      const length =
        vectorCounter === undefined ? 1 : Math.min(lanes, vectorCounter.extent - elementAt(values, vector));
      for (let lane = 0; lane < length; lane += 1) if (isOutside(sums, lane)) return true;
      return false;
    }
    const { extent, step, within } = counter;
    const end =
      within === undefined ? extent : Math.min(extent, elementAt(counters, within).extent - elementAt(values, within));
    for (let value = 0; value < end; value += step) {
      const moved = sums.map((sum, form) => sum + elementAt(elementAt(forms, form).strides, depth) * value);
      if (visit(depth + 1, moved, [...values, value])) return true;
    }
    return false;
  };
  return visit(
    0,
    forms.map(({ base }) => base),
    [],
  );
}
