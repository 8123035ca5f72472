import type { Combiner } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import type { IndexExpression } from "@rdu/ir";
import { integerRange, isFloat, isWide } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose } from "./decompose.ts";
import type { Index } from "./index-form.ts";
import { laneOf } from "./lane-types.ts";
import { map } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { axisSets, chosenAxes } from "./run-time-axes.ts";

/** Loops over a tensor some of whose axes are folded: the index of an element, and of its result with or without those axes. */
export function foldedLoops(p: PatternWriter, shape: readonly number[], axes: readonly number[]) {
  const names = "ijklmnop";
  const name = (axis: number): string => names[axis] ?? `i${axis}`;
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? undefined : p.parallel(name(axis), extent)));
  const index: readonly IndexExpression[] = shape.map((extent, axis) => kept[axis] ?? p.reduceLoop(name(axis), extent));
  const at = (keepAxes: boolean): readonly Index[] =>
    kept.flatMap((i): Index[] => (i === undefined ? (keepAxes ? [0] : []) : [i]));
  return { index, at };
}

/** Folds a tensor over some axes into a new value in which they have length 1. */
export function reduced(
  b: NodeBuilder,
  suffix: string,
  x: TensorRef,
  axes: readonly number[],
  body: (p: PatternWriter, element: Scalar, at: readonly Index[]) => Scalar,
): TensorRef {
  const shape = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  let made: TensorRef | undefined;
  b.pattern((p) => {
    const { index, at } = foldedLoops(p, x.shape, axes);
    const result = body(p, p.widen(p.read(x, index)), at(true));
    made = b.fresh(suffix, result.dtype, shape);
    p.give(result, made, at(true));
  });
  invariant(made !== undefined, "the pattern was written");
  return made;
}

/** The axes of a reduction, from the attribute or (newer opsets) a constant input; undefined when only known at run time. */
function reductionAxes(b: NodeBuilder, rank: number): readonly number[] | undefined {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const given = b.optional(1);
  // A list of no axes needs no value.
  const fromInput = given === undefined ? undefined : given.shape[0] === 0 ? [] : b.integers(1);
  if (given !== undefined && fromInput === undefined) return undefined;
  const axes = fromInput ?? (b.attributes.has("axes") ? b.attributes.ints("axes") : []);
  if (axes.length === 0) return b.attributes.int("noop_with_empty_axes", 0) !== 0 ? [] : all;
  return axes.map((axis) => axisOf(axis, rank));
}

/** Runs a reduction over its axes; for axes that only the run knows, over each set that the shapes allow. */
function overAxes(run: (b: NodeBuilder, target: TensorRef, axes: readonly number[]) => void): Decompose {
  return (b) => {
    const [x, target] = [b.input(0), b.output()];
    const axes = reductionAxes(b, x.shape.length);
    if (axes === undefined) {
      const sets = axisSets(x.shape, target.shape, b.input(1).shape[0] ?? 1);
      return chosenAxes(b, 1, sets, (chosen, to) => run(b, to, chosen));
    }
    run(b, target, axes);
    return undefined;
  };
}

interface Fold {
  readonly before?: (p: PatternWriter, x: Scalar) => Scalar;
  readonly combiner: Combiner;
  readonly after?: (p: PatternWriter, folded: Scalar, count: number) => Scalar;
}

function reduce({ before, combiner, after }: Fold): Decompose {
  return overAxes((b, target, axes) => {
    const x = b.input(0);
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    b.pattern((p) => {
      const { index, at } = foldedLoops(p, x.shape, axes);
      const element = p.widen(p.read(x, index));
      const folded = p.fold(combiner, before === undefined ? element : before(p, element));
      const made = after === undefined ? folded : after(p, folded, count);
      p.give(made, target, at(target.shape.length === x.shape.length));
    });
  });
}

/** Extremes of booleans are and, or; of everything else min, max. */
function reduceExtreme(op: "min" | "max"): Decompose {
  return (b) => {
    const { dtype } = b.output();
    if (laneOf(dtype) === "bool") return reduce({ combiner: op === "min" ? "and" : "or" })(b);
    if (isFloat(dtype)) return reduce({ combiner: op })(b);
    // Of no elements the extreme is that of the type, not of the wider lane.
    const { least, most } = integerRange(dtype);
    const none = op === "min" ? most : least;
    return reduce({
      combiner: op,
      after: (_, best, count) => (count === 0 ? literal(isWide(dtype) ? none : Number(none), best.dtype) : best),
    })(b);
  };
}

/** log(sum(exp(x))) = m + log(sum(exp(x - m))) with m the largest element, taken as 0 when it is infinite. */
const reduceLogSumExp = overAxes((b, target, axes) => {
  const x = isFloat(target.dtype) ? b.input(0) : asDouble(b, b.input(0));
  const shift = reduced(b, "max", x, axes, (p, element) => {
    const most = p.fold("max", element);
    const finite = p.test("lt", p.apply("abs", most), literal(Number.POSITIVE_INFINITY, most.dtype));
    return p.select(finite, most, literal(0, most.dtype));
  });
  b.pattern((p) => {
    const { index, at } = foldedLoops(p, x.shape, axes);
    const shifted = p.apply(
      "sub",
      p.widen(p.read(x, index)),
      p.read(
        shift,
        index.map((i, axis) => (axes.includes(axis) ? 0 : i)),
      ),
    );
    const sum = p.fold("sum", p.apply("exp", shifted));
    const made = p.apply("add", p.apply("log", sum), p.read(shift, at(true)));
    p.give(p.convert(made, target.dtype), target, at(target.shape.length === x.shape.length));
  });
});

function asDouble(b: NodeBuilder, x: TensorRef): TensorRef {
  const made = b.fresh("double", "float64", x.shape);
  map(b, made, [x], (p, element) => p.convert(element, "float64"));
  return made;
}

/** The square root or logarithm of a sum. Of integers the sum is one of doubles, which cannot overflow, and the result is truncated. */
function rootOfSum(op: "sqrt" | "log", before: (p: PatternWriter, x: Scalar) => Scalar): Decompose {
  return (b) => {
    const { dtype } = b.output();
    return reduce({
      before: (p, x) => before(p, isFloat(dtype) ? x : p.convert(x, "float64")),
      combiner: "sum",
      after: (p, sum) => (isFloat(dtype) ? p.apply(op, sum) : p.convert(p.apply(op, sum), dtype)),
    })(b);
  };
}

/** Means of narrow integers are truncated quotients of their exact sums. */
const mean: Decompose = (b) => {
  const { dtype } = b.output();
  const narrow = !isFloat(dtype) && !isWide(dtype);
  return reduce({
    before: (p, x) => (narrow ? p.convert(x, "int64") : x),
    combiner: "sum",
    after: (p, sum, count) => {
      const quotient = p.apply("div", sum, literal(count, sum.dtype));
      return narrow ? p.convert(quotient, dtype) : quotient;
    },
  })(b);
};

const square = (p: PatternWriter, x: Scalar): Scalar => p.apply("mul", x, x);
const absolute = (p: PatternWriter, x: Scalar): Scalar => p.apply("abs", x);

function argument(kind: "argmax" | "argmin"): Decompose {
  return (b) => {
    const [x, target] = [b.input(0), b.output()];
    const axis = axisOf(b.attributes.int("axis", 0), x.shape.length);
    const last = b.attributes.int("select_last_index", 0) !== 0;
    b.pattern((p) => {
      const { index, at } = foldedLoops(p, x.shape, [axis]);
      const element = p.widen(p.read(x, index));
      const best = p.foldArgument(`${kind}-${last ? "last" : "first"}`, element, p.position(index[axis]!));
      p.give(p.convert(best, "int64"), target, at(target.shape.length === x.shape.length));
    });
    return undefined;
  };
}

// biome-ignore format: a table
export const REDUCTIONS: Readonly<Record<string, Decompose>> = {
  ReduceSum: reduce({ combiner: "sum" }),
  ReduceProd: reduce({ combiner: "prod" }),
  ReduceMean: mean,
  ReduceMin: reduceExtreme("min"),
  ReduceMax: reduceExtreme("max"),
  ReduceL1: reduce({ before: absolute, combiner: "sum" }),
  ReduceL2: rootOfSum("sqrt", square),
  ReduceSumSquare: reduce({ before: square, combiner: "sum" }),
  ReduceLogSum: rootOfSum("log", (_, x) => x),
  ReduceLogSumExp: reduceLogSumExp,
  ArgMax: argument("argmax"),
  ArgMin: argument("argmin"),
};
