import { elementAt } from "@rdu/diagnostics";
import { type DType, dtypeOfOnnx, integerRange, isFloat, normalizeAxis } from "@rdu/tensor";
import { integerProduct, zeroPointIndex } from "./contraction.ts";
import { convolve } from "./convolution.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { laneOf } from "./lane-types.ts";
import { map, scalarConstant } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { windowsOf } from "./windows.ts";

/** round(x) + zero point as a narrow integer, what is out of range at the range's end. `x` and `zero` are float32. */
export function quantised(p: PatternWriter, x: Scalar, zero: Scalar | undefined, to: DType): Scalar {
  const whole = p.apply("nearest", x);
  const shifted = zero === undefined ? whole : p.apply("add", whole, zero);
  const { least, most } = integerRange(to);
  const clamped = p.apply(
    "min",
    p.apply("max", shifted, literal(Number(least), "float32")),
    literal(Number(most), "float32"),
  );
  return p.convert(p.convert(clamped, laneOf(to) === "u32" ? "uint32" : "int32"), to);
}

/** How an axis is cut into blocks that share a scale: loops over the axis, its index, and the index of the block. */
interface Blocked {
  readonly index: readonly Index[];
  readonly block: (ref: TensorRef) => readonly Index[];
}

/** Loops over a tensor, and where its elements find their scale: one for all, one per index of an axis, or one per block of it. */
function scaledLoops(b: NodeBuilder, x: TensorRef, scale: TensorRef): (p: PatternWriter) => Blocked {
  const rank = x.shape.length;
  const axis = rank === 0 ? 0 : (normalizeAxis(b.attributes.int("axis", 1), rank) ?? rank - 1);
  const perTensor = scale.shape.every((length) => length === 1);
  if (perTensor) return (p) => ({ index: p.parallelOver(x.shape), block: (ref) => ref.shape.map(() => 0) });
  if (scale.shape.length === 1) {
    return (p) => {
      const index = p.parallelOver(x.shape);
      return { index, block: () => [index[axis]!] };
    };
  }
  const size = b.attributes.int("block_size", 0) || Math.ceil(x.shape[axis]! / scale.shape[axis]!);
  const length = x.shape[axis]!;
  if (length % size === 0) {
    return (p) => {
      const outer = p.parallelOver(x.shape.map((extent, a) => (a === axis ? length / size : extent)));
      const within = p.parallel("within", size);
      return { index: outer.map((i, a) => (a === axis ? plus(times(i, size), within) : i)), block: () => outer };
    };
  }
  const blocks = b.table("block", {
    dtype: "int32",
    shape: [length],
    data: Int32Array.from({ length }, (_, i) => Math.floor(i / size)),
  });
  return (p) => {
    const index = p.parallelOver(x.shape);
    const block = p.gathered(p.read(blocks, [index[axis]!]));
    return { index, block: () => index.map((i, a) => (a === axis ? block : i)) };
  };
}

/** What a quotient is rounded to: the type asked for, or that of the scale where it is one that elements are computed in. */
function divisionType(b: NodeBuilder, scale: DType): DType {
  const asked = dtypeOfOnnx(b.attributes.int("precision", 0)) ?? scale;
  return asked === "float16" || asked === "bfloat16" ? asked : "float32";
}

const quantizeLinear: Decompose = (b) => {
  const [x, scale, target] = [b.input(0), b.input(1), b.output()];
  const zero = b.optional(2);
  const saturate = b.attributes.int("saturate", 1) !== 0;
  const loops = scaledLoops(b, x, scale);
  const precision = divisionType(b, scale.dtype);
  b.pattern((p) => {
    const { index, block } = loops(p);
    const dividend = p.convert(p.widen(p.read(x, index)), "float32");
    const divisor = p.convert(p.widen(p.read(scale, block(scale))), "float32");
    const quotient = p.widen(p.apply("div", p.convert(dividend, precision), p.convert(divisor, precision)));
    const shift = zero === undefined ? undefined : p.convert(p.widen(p.read(zero, block(zero))), "float32");
    if (!isFloat(target.dtype)) p.give(quantised(p, quotient, shift, target.dtype), target, index);
    else {
      const shifted = shift === undefined ? quotient : p.apply("add", quotient, shift);
      p.give(saturate ? p.saturate(shifted, target.dtype) : p.convert(shifted, target.dtype), target, index);
    }
  });
  return undefined;
};

const dequantizeLinear: Decompose = (b) => {
  const [x, scale, target] = [b.input(0), b.input(1), b.output()];
  const zero = b.optional(2);
  const lanes = isFloat(x.dtype) ? "float32" : "int32";
  const loops = scaledLoops(b, x, scale);
  b.pattern((p) => {
    const { index, block } = loops(p);
    const element = p.convert(p.widen(p.read(x, index)), lanes);
    const shift = zero === undefined ? undefined : p.convert(p.widen(p.read(zero, block(zero))), lanes);
    const centred = p.convert(shift === undefined ? element : p.apply("sub", element, shift), "float32");
    const made = p.apply("mul", centred, p.convert(p.widen(p.read(scale, block(scale))), "float32"));
    p.give(p.convert(made, target.dtype), target, index);
  });
  return undefined;
};

/** Scale and zero point of uint8 from the range of the data, which always includes 0. */
const dynamicQuantizeLinear: Decompose = (b) => {
  const x = b.input(0);
  const scale = b.wanted(1) ?? b.fresh("scale", "float32", []);
  const zero = b.wanted(2) ?? b.fresh("zero", "uint8", []);
  const like = (value: number): Scalar => literal(value, "float32");
  b.pattern((p) => {
    const index = x.shape.map((extent, axis) => p.reduceLoop("ijklmnop"[axis] ?? `i${axis}`, extent));
    const element = p.read(x, index);
    const [lowest, highest] = [p.fold("min", element), p.fold("max", element)];
    const low = p.apply("min", lowest, like(0));
    const range = p.apply("sub", p.apply("max", highest, like(0)), low);
    const step = p.apply("div", range, like(255));
    p.give(step, scale, []);
    p.give(quantised(p, p.apply("div", p.apply("neg", low), step), undefined, "uint8"), zero, []);
  });
  return map(b, b.output(), [x, scale, zero], (p, element, step, shift) =>
    quantised(p, p.apply("div", element, step), p.convert(shift, "float32"), "uint8"),
  );
};

/** An int32 sum of products of quantised elements as a quantised element: times both scales, over the result's scale. */
function requantised(
  p: PatternWriter,
  sum: Scalar,
  scales: readonly [Scalar, Scalar, Scalar],
  zero: Scalar | undefined,
  to: DType,
): Scalar {
  const [left, right, result] = scales.map((scale) => p.convert(p.widen(scale), "float32"));
  const factor = p.apply("div", p.apply("mul", left!, right!), result!);
  const value = p.apply("mul", p.convert(sum, "float32"), factor);
  return quantised(p, value, zero === undefined ? undefined : p.convert(p.widen(zero), "float32"), to);
}

const qLinearMatMul: Decompose = (b) => {
  const target = b.output();
  const [leftScale, rightScale, scale, zero] = [b.input(1), b.input(4), b.input(6), b.input(7)];
  integerProduct(b, target, { left: 0, right: 3, leftZero: 2, rightZero: 5 }, (p, sum, at) => {
    const [row, column, batch] = [elementAt(at, at.length - 2), elementAt(at, at.length - 1), at.slice(0, -2)];
    const scales = [
      p.read(leftScale, zeroPointIndex(leftScale, "left", batch, row, column)),
      p.read(rightScale, zeroPointIndex(rightScale, "right", batch, row, column)),
      p.read(
        scale,
        scale.shape.map(() => 0),
      ),
    ] as const;
    return requantised(
      p,
      sum,
      scales,
      p.read(
        zero,
        zero.shape.map(() => 0),
      ),
      target.dtype,
    );
  });
  return undefined;
};

/** A tensor less its zero point, with the value that padding then has. Without a constant zero point the difference is made first. */
function centredInput(b: NodeBuilder, x: TensorRef, zeroInput: number) {
  const constant = b.has(zeroInput) ? scalarConstant(b, zeroInput) : 0;
  if (constant !== undefined) {
    const shift = literal(Number(constant), "int32");
    const xElement = (p: PatternWriter, element: Scalar): Scalar =>
      Number(constant) === 0 ? p.convert(element, "int32") : p.apply("sub", p.convert(element, "int32"), shift);
    return { x, padding: Number(constant), xElement };
  }
  const centred = b.fresh("centred", "int32", x.shape);
  map(b, centred, [x, scalarView(b, b.input(zeroInput))], (p, element, zero) =>
    p.apply("sub", p.convert(element, "int32"), p.convert(zero, "int32")),
  );
  return { x: centred, padding: 0 };
}

function scalarView(b: NodeBuilder, ref: TensorRef): TensorRef {
  return b.reshaped(ref, "scalar", []);
}

/** Weights less their zero point: one for all, or one per output channel. */
function centredWeight(zero: TensorRef | undefined): (p: PatternWriter, element: Scalar, channel: Index) => Scalar {
  return (p, element, channel) => {
    const wide = p.convert(element, "int32");
    return zero === undefined
      ? wide
      : p.apply("sub", wide, p.convert(p.read(zero, perChannel(zero, channel)), "int32"));
  };
}

function perChannel(ref: TensorRef, channel: Index): readonly Index[] {
  return ref.shape.map((length) => (length === 1 ? 0 : channel));
}

const convInteger: Decompose = (b) => {
  const [x, w, target] = [b.input(0), b.input(1), b.output()];
  return convolve(b, {
    ...centredInput(b, x, 2),
    target,
    w,
    group: b.attributes.int("group", 1),
    windows: windowsOf(b, x.shape.slice(2), target.shape.slice(2), w.shape.slice(2)),
    wElement: centredWeight(b.optional(3)),
  });
};

const qLinearConv: Decompose = (b) => {
  const [x, w, target] = [b.input(0), b.input(3), b.output()];
  const [xScale, wScale, yScale, yZero, bias] = [b.input(1), b.input(4), b.input(6), b.input(7), b.optional(8)];
  return convolve(b, {
    ...centredInput(b, x, 2),
    target,
    w,
    group: b.attributes.int("group", 1),
    windows: windowsOf(b, x.shape.slice(2), target.shape.slice(2), w.shape.slice(2)),
    wElement: centredWeight(b.optional(5)),
    finish: (p, sum, channel) => {
      const total = bias === undefined ? sum : p.apply("add", sum, p.read(bias, [channel]));
      const single = (ref: TensorRef): Scalar =>
        p.read(
          ref,
          ref.shape.map(() => 0),
        );
      const scales = [single(xScale), p.read(wScale, perChannel(wScale, channel)), single(yScale)] as const;
      return requantised(p, total, scales, single(yZero), target.dtype);
    },
  });
};

export const QUANTIZATIONS: Readonly<Record<string, Decompose>> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  QLinearMatMul: qLinearMatMul,
  ConvInteger: convInteger,
  QLinearConv: qLinearConv,
};
