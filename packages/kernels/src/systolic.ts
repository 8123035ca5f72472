import { lanesOf } from "./lanes.ts";
import { type Mapping, type MappingContext, operandType, type Template } from "./mapping.ts";
import { type Nest, type NestRead, readUsesLoop } from "./nest.ts";

/**
 * Sum of products on the output-stationary array: rows along a loop of the first operand alone, lanes along a loop of the second alone.
 * Takes matrix products, convolutions as implicit products and attention products; not depthwise convolutions, where no loop belongs to one operand alone.
 */
export const systolic: Template = {
  name: "systolic",
  summary: "sum of products of two operands on the output-stationary array",
  unit: "systolic",
  takes: "one sum over a product of two reads, each with a parallel loop of its own (at least one of them)",
  cost: "firings of (outer x ceil(m / rows) x ceil(n / lanes) x k), times the cycles of a systolic step",
  match(nest, context) {
    const product = productOf(nest);
    if (product === null) return null;
    const [first, second] = product;
    const own = (read: NestRead, other: NestRead): number[] =>
      nest.loops.flatMap((loop, index) =>
        loop.kind === "parallel" && readUsesLoop(read, index) && !readUsesLoop(other, index) ? [index] : [],
      );
    const largest = (loops: readonly number[]): number =>
      loops.reduce((best, index) => (best < 0 || extentOf(nest, index) > extentOf(nest, best) ? index : best), -1);
    const ownFirst = own(first, second);
    const ownSecond = own(second, first);
    const weightsFirst = largest(ownSecond) < 0;
    if (weightsFirst && largest(ownFirst) < 0) return null;
    const [a, b] = weightsFirst ? [second, first] : [first, second];
    const vector = largest(weightsFirst ? ownFirst : ownSecond);
    const rows = weightsFirst ? ownSecond : ownFirst;
    // The innermost own loop of a: its neighbours in memory are the neighbours in the array (output columns of a convolution).
    const m = rows.reduce(
      (best, index) =>
        best < 0 ||
        extentOf(nest, index) >= context.chip.pcu.systolicRows ||
        extentOf(nest, index) > extentOf(nest, best)
          ? index
          : best,
      -1,
    );
    return mappingOf(nest, context, a, b, m, vector);
  },
};

function mappingOf(nest: Nest, context: MappingContext, a: NestRead, b: NestRead, m: number, vector: number): Mapping {
  const outer: number[] = [];
  const reduce: number[] = [];
  nest.loops.forEach((loop, index) => {
    if (index === m || index === vector) return;
    (loop.kind === "parallel" ? outer : reduce).push(index);
  });
  return {
    template: "systolic",
    kind: "systolic",
    outer,
    m,
    vector,
    crossLane: false,
    reduce,
    lanes: Math.min(
      context.chip.pcu.systolicColumns,
      lanesOf(
        context.chip,
        [a, b].map((read) => operandType(context, read)),
      ),
    ),
    a,
    b,
  };
}

/** The two reads whose product is summed, or null when the nest is anything else. */
function productOf(nest: Nest): readonly [NestRead, NestRead] | null {
  const { pattern } = nest;
  const [reduction, ...others] = pattern.reductions;
  if (reduction === undefined || others.length > 0 || pattern.body.length !== 3) return null;
  if (reduction.combiner !== "sum" || nest.loops.some((loop) => loop.kind === "scan")) return null;
  const last = pattern.body[2];
  if (last?.kind !== "compute" || reduction.register !== 2) return null;
  const { op, type, operands } = last.instruction;
  if (op !== "mul" || type !== reduction.type || type === "bool") return null;
  const [x, y] = operands;
  if (!(x === 0 && y === 1) && !(x === 1 && y === 0)) return null;
  const first = nest.reads.find((read) => read.register === 0);
  const second = nest.reads.find((read) => read.register === 1);
  if (first === undefined || second === undefined) return null;
  if ([first, second].some((read) => read.axes.some((axis) => axis.gathers.length > 0))) return null;
  return [first, second];
}

function extentOf(nest: Nest, loop: number): number {
  return nest.loops[loop]?.extent ?? 1;
}
