import { elementCount, rowMajorStrides } from "@rdu/tensor";
import type { Loop, Write } from "../pattern.ts";

/** Index maps that no rule decides are tried out up to this many iterations. */
const MOST_TRIED = 2 ** 22;

/**
 * What is wrong with the index map of a write whose indices are in bounds: two iterations meet in one element, or an
 * element without `initial` is left out. Undefined when all is well.
 *
 * The map sends an iteration to one row-major address. It is injective when, loops sorted by their step in addresses, each
 * step is longer than what all shorter ones reach together (mixed radix). Then it covers exactly when there are as many
 * iterations as elements. Other maps are enumerated.
 */
export function coverageProblem(write: Write, loops: readonly Loop[]): string | undefined {
  const { shape, index, initial } = write;
  const strides = rowMajorStrides(shape);
  const steps = loops.map(() => 0);
  let start = 0;
  index.forEach(({ constant, loops: terms }, axis) => {
    const stride = strides[axis] ?? 0;
    start += constant * stride;
    for (const { loop, coefficient } of terms) steps[loop] = (steps[loop] ?? 0) + coefficient * stride;
  });
  const moving = loops
    .map(({ extent, kind, name }, loop) => ({ extent, kind, name, step: steps[loop] ?? 0 }))
    .filter(({ extent, kind }) => extent > 1 && kind !== "reduce");
  const still = moving.find(({ step }) => step === 0);
  if (still !== undefined) return `every iteration of loop ${still.name} writes the same element`;

  const iterations = moving.reduce((product, { extent }) => product * extent, 1);
  const elements = elementCount(shape);
  if (iterations > elements) return `${iterations} iterations write ${elements} elements`;
  if (!isMixedRadix(moving)) {
    if (iterations > MOST_TRIED) return "its index map is too irregular to be proved injective";
    if (!isInjective(moving, start)) return "two iterations write the same element";
  }
  return iterations === elements || initial !== undefined
    ? undefined
    : `${elements - iterations} of ${elements} elements are never written and have no initial value`;
}

interface Counter {
  readonly extent: number;
  readonly step: number;
}

function isMixedRadix(counters: readonly Counter[]): boolean {
  let reach = 0;
  for (const { extent, step } of [...counters].sort((a, b) => Math.abs(a.step) - Math.abs(b.step))) {
    if (Math.abs(step) <= reach) return false;
    reach += Math.abs(step) * (extent - 1);
  }
  return true;
}

function isInjective(counters: readonly Counter[], start: number): boolean {
  const written = new Set<number>();
  const visit = (depth: number, address: number): boolean => {
    const counter = counters[depth];
    if (counter === undefined) {
      const size = written.size;
      return written.add(address).size > size;
    }
    for (let value = 0; value < counter.extent; value += 1) {
      if (!visit(depth + 1, address + value * counter.step)) return false;
    }
    return true;
  };
  return visit(0, start);
}
