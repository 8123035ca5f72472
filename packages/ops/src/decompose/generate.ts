import type { Combiner } from "@rdu/arithmetic";
import { elementAt } from "@rdu/diagnostics";
import { fromNumbers, isFloat, isWide, numberAt, type Tensor } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { plus, times } from "./index-form.ts";
import { scalarConstant } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { chosenAxes } from "./run-time-axes.ts";

/** A tensor of one value everywhere. */
const constantOfShape: Decompose = (b) => {
  const target = b.output();
  const value = b.attributes.has("value") ? b.attributes.tensor("value") : undefined;
  const element = value === undefined ? 0 : isWide(value.dtype) ? (value.data[0] as bigint) : numberAt(value, 0);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    p.give(literal(element, target.dtype), target, at);
  });
  return undefined;
};

/** start + i * delta; integers exactly, floats with product and sum rounded separately. */
const range: Decompose = (b) => {
  const target = b.output();
  const limits = [0, 2].map((index) => scalarConstant(b, index));
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const [start, delta] = [0, 2].map((index, i) => {
      const known = limits[i];
      return known === undefined
        ? p.widen(
            p.read(
              b.input(index),
              b.input(index).shape.map(() => 0),
            ),
          )
        : p.widen(literal(known, target.dtype));
    });
    const step = p.convert(p.position(elementAt(at, 0)), start!.dtype);
    p.give(p.apply("add", start!, p.apply("mul", step, delta!)), target, at);
  });
  return undefined;
};

/** Ones on the k-th diagonal. */
const eyeLike: Decompose = (b) => {
  const target = b.output();
  const k = b.attributes.int("k", 0);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const diagonal = p.test("eq", p.position(elementAt(at, 1)), p.position(plus(elementAt(at, 0), k)));
    p.give(p.convert(diagonal, target.dtype), target, at);
  });
  return undefined;
};

/** The extents of a tensor's shape, known while compiling. */
const shape: Decompose = (b) => {
  const x = b.input(0);
  const rank = x.shape.length;
  const clamp = (axis: number): number => Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
  const extents = x.shape.slice(clamp(b.attributes.int("start", 0)), clamp(b.attributes.int("end", rank)));
  b.constant(b.output(), integers(extents, [extents.length]));
  return undefined;
};

const size: Decompose = (b) => {
  b.constant(b.output(), integers([b.input(0).shape.reduce((product, extent) => product * extent, 1)], []));
  return undefined;
};

function integers(values: readonly number[], dims: readonly number[]): Tensor {
  return { dtype: "int64", shape: dims, data: BigInt64Array.from(values, BigInt) };
}

/** A running fold along one axis; exclusive leaves the element itself out, reverse runs from the end. */
function cumulative(combiner: Combiner): Decompose {
  return (b) => {
    const { shape: extents } = b.input(0);
    const axis = extents.length === 1 ? 0 : scalarConstant(b, 1);
    if (axis === undefined) {
      const sets = extents.map((_, each) => [each]);
      return chosenAxes(b, 1, sets, ([along = 0], to) => runAlong(b, combiner, to, along));
    }
    runAlong(b, combiner, b.output(), Number(axis) < 0 ? Number(axis) + extents.length : Number(axis));
    return undefined;
  };
}

function runAlong(b: NodeBuilder, combiner: Combiner, target: TensorRef, along: number): void {
  const x = b.input(0);
  const exclusive = b.attributes.int("exclusive", 0) !== 0;
  const reverse = b.attributes.int("reverse", 0) !== 0;
  const length = x.shape[along]!;
  b.pattern((p) => {
    const names = "ijklmnop";
    const outer = x.shape.map((extent, a) => (a === along ? undefined : p.parallel(names[a] ?? `i${a}`, extent)));
    const step = p.scanLoop("t", length);
    const at = outer.map((i) => i ?? (reverse ? plus(length - 1, times(step, -1)) : step));
    p.give(running(p, combiner, p.widen(p.read(x, at)), exclusive), target, at);
  });
}

function running(p: PatternWriter, combiner: Combiner, element: Scalar, exclusive: boolean): Scalar {
  return exclusive ? p.foldBefore(combiner, element) : p.fold(combiner, element);
}

/** Window functions over N points: coefficients of cosines of 0, 1 and 2 turns. */
function cosineWindow(coefficients: readonly [number, number, number]): Decompose {
  return (b) => {
    const target = b.output();
    const points = elementAt(target.shape, 0);
    const periodic = b.attributes.int("periodic", 1) !== 0;
    // One point that is not periodic lies at 0 of 0 turns: not a number, as in the standard's own expansion.
    const last = periodic ? points : points - 1;
    const values = Float64Array.from({ length: points }, (_, n) => {
      const turn = (2 * Math.PI * n) / last;
      return coefficients[0] - coefficients[1] * Math.cos(turn) + coefficients[2] * Math.cos(2 * turn);
    });
    b.constant(
      target,
      fromNumbers(
        target.dtype,
        target.shape,
        isFloat(target.dtype) ? values : values.map((value) => Math.trunc(Math.fround(value))),
      ),
    );
    return undefined;
  };
}

/** A value of the node itself: an attribute. */
const constant: Decompose = (b) => {
  const made = constantValue(b);
  if (made === undefined) return { host: "it holds strings or is sparse" };
  b.constant(b.output(), made);
  return undefined;
};

function constantValue(b: NodeBuilder): Tensor | undefined {
  const { attributes } = b;
  if (attributes.has("value")) return attributes.tensor("value");
  if (attributes.has("value_int")) return integers([attributes.int("value_int")], []);
  if (attributes.has("value_ints"))
    return integers(attributes.ints("value_ints"), [attributes.ints("value_ints").length]);
  if (attributes.has("value_float"))
    return { dtype: "float32", shape: [], data: Float32Array.of(attributes.float("value_float")) };
  if (!attributes.has("value_floats")) return undefined;
  const floats = attributes.floats("value_floats");
  return { dtype: "float32", shape: [floats.length], data: Float32Array.from(floats) };
}

// biome-ignore format: a table
export const GENERATORS: Readonly<Record<string, Decompose>> = {
  Constant: constant, ConstantOfShape: constantOfShape, Range: range, EyeLike: eyeLike, Shape: shape, Size: size,
  CumSum: cumulative("sum"), CumProd: cumulative("prod"),
  HannWindow: cosineWindow([0.5, 0.5, 0]),
  HammingWindow: cosineWindow([25 / 46, 21 / 46, 0]),
  BlackmanWindow: cosineWindow([0.42, 0.5, 0.08]),
};
