import { type DType, elementCount, fromNumbers, isFloat } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import { writePart } from "./compose.ts";
import { integerProduct, matrixFactor, matrixProduct, matrixShape } from "./contraction.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { QUANTIZATIONS } from "./quantization.ts";

/** The `within`-th of the numbers of `bits` bits in a byte, lowest bits first, as int32. */
function unpacked(p: PatternWriter, byte: Scalar, bits: number, within: Index): Scalar {
  if (bits === 8) return p.convert(byte, "int32");
  const shifted = p.apply("shr", p.convert(byte, "int32"), p.position(times(within, bits)));
  return p.apply("and", shifted, literal(2 ** bits - 1, "int32"));
}

const whole = (p: PatternWriter, value: Scalar, like: Scalar): Scalar => p.convert(value, like.dtype);

/** Weights [features out, features in] out of their bytes, then a product with them. */
const matMulNBits: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const { int } = b.attributes;
  const [bits, depth, width, size] = [int("bits", 4), int("K"), int("N"), int("block_size")];
  if (elementCount(b.input(1).shape) === 0) return { host: "a product without weights has no chip form" };
  const blocks = Math.ceil(depth / size);
  const perByte = 8 / bits;
  const packed = b.reshaped(b.input(1), "bytes", [width, blocks, size / perByte]);
  const scales = b.reshaped(b.input(2), "scales", [width, blocks]);
  const weights = b.fresh("weights", x.dtype, [width, blocks * size]);
  const zeroAt = zeroPoints(b, bits, width, blocks);
  const groups = b.optional(4);
  b.pattern((p) => {
    const n = p.parallel("n", width);
    const block = p.parallel("block", blocks);
    const byte = p.parallel("byte", size / perByte);
    const within = p.parallel("within", perByte);
    const k = plus(times(block, size), times(byte, perByte), within);
    // What is beyond the last feature in belongs to no group, and is read by nobody.
    const own = groups === undefined ? block : p.gathered(p.read(groups, [k], 0));
    const value = unpacked(p, p.read(packed, [n, block, byte]), bits, within);
    const scale = p.widen(p.read(scales, [n, own]));
    const centred = zeroAt(p, value, n, own, scale);
    p.give(p.apply("mul", centred, scale), weights, [n, k]);
  });
  return product(b, x, target, weights, depth, width, 5);
};

/** Takes the zero point of (feature out, block) off a number. */
function zeroPoints(b: NodeBuilder, bits: number, width: number, blocks: number) {
  const zeros = b.optional(3);
  const perByte = 8 / bits;
  const isReal = zeros !== undefined && isFloat(zeros.dtype);
  const shape = isReal ? [width, blocks] : [width, Math.ceil(blocks / perByte)];
  const table = zeros === undefined ? undefined : b.reshaped(zeros, "zeros", shape);
  // Blocks are looked up by number, packed ones by byte and place in it: neither is affine in the loop over blocks.
  const byteOf = perByte === 1 ? undefined : lookup(b, "byte", blocks, (block) => Math.floor(block / perByte));
  const shiftOf = perByte === 1 ? undefined : lookup(b, "shift", blocks, (block) => (block % perByte) * bits);
  return (p: PatternWriter, value: Scalar, n: Index, block: Index, like: Scalar): Scalar => {
    if (table === undefined) return whole(p, p.apply("sub", value, literal(2 ** (bits - 1), "int32")), like);
    if (isReal) return p.apply("sub", whole(p, value, like), whole(p, p.widen(p.read(table, [n, block])), like));
    if (byteOf === undefined || shiftOf === undefined)
      return whole(p, p.apply("sub", value, p.convert(p.read(table, [n, block]), "int32")), like);
    const byte = p.convert(p.read(table, [n, p.gathered(p.read(byteOf, [block]))]), "int32");
    const zero = p.apply("and", p.apply("shr", byte, p.read(shiftOf, [block])), literal(2 ** bits - 1, "int32"));
    return whole(p, p.apply("sub", value, zero), like);
  };
}

function lookup(b: NodeBuilder, name: string, count: number, of: (at: number) => number): TensorRef {
  return b.table(name, { dtype: "int32", shape: [count], data: Int32Array.from({ length: count }, (_, at) => of(at)) });
}

/** target = x weights' + bias, the weights [features out, at least `depth` features in]. */
function product(
  b: NodeBuilder,
  x: TensorRef,
  target: TensorRef,
  weights: TensorRef,
  depth: number,
  width: number,
  biasInput: number,
): undefined {
  const bias = b.optional(biasInput);
  const a = matrixShape(x.shape, "left");
  return matrixProduct(b, {
    target,
    batch: a.batch,
    rows: a.rows,
    columns: width,
    depth,
    left: matrixFactor(x, a, "left"),
    right: (p, _, row, column) => p.widen(p.read(weights, [column, row])),
    vector: { left: a.vector, right: false },
    finish: (p, sum, at) => (bias === undefined ? sum : p.apply("add", sum, p.widen(p.broadcast(bias, at)))),
  });
}

/** Magnitudes of the eight codes of a 4-bit float, and the sixteen quantiles of the normal distribution. */
const FP4 = [0, 0.0052083333, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25];
// biome-ignore format: a table
const NF4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

const matMulBnb4: Decompose = (b) => {
  const [x, target, packed, scales] = [b.input(0), b.output(), b.input(1), b.input(2)];
  const { int } = b.attributes;
  const [depth, width, size, kind] = [int("K"), int("N"), int("block_size"), int("quant_type")];
  if (kind !== 0 && kind !== 1) return { host: `quant_type ${kind} has no chip form` };
  const codes = b.table("codes", fromNumbers("float32", [16], kind === 1 ? NF4 : [...FP4, ...FP4.map((v) => -v)]));
  const count = depth * width;
  const even = Math.ceil(count / size) * size;
  const bytes = b.reshaped(packed, "bytes", [elementCount(packed.shape)]);
  const flat = b.fresh("flat", x.dtype, [even]);
  b.pattern((p) => {
    const block = p.parallel("block", even / size);
    const byte = p.parallel("byte", size / 2);
    const within = p.parallel("within", 2);
    const place = plus(times(block, size / 2), byte);
    const shift = p.position(plus(4, times(within, -4)));
    const shifted = p.apply("shr", p.convert(p.read(bytes, [place], 0), "int32"), shift);
    const code = p.gathered(p.apply("and", shifted, literal(15, "int32")));
    const scale = p.widen(p.read(scales, [block]));
    p.give(p.apply("mul", whole(p, p.read(codes, [code]), scale), scale), flat, [plus(times(place, 2), within)]);
  });
  const a = matrixShape(x.shape, "left");
  const transposed = int("transB", 1) !== 0;
  return matrixProduct(b, {
    target,
    batch: a.batch,
    rows: a.rows,
    columns: transposed ? width : depth,
    depth: transposed ? depth : width,
    left: matrixFactor(x, a, "left"),
    right: (p, _, row, column) => {
      const [n, k] = transposed ? [column, row] : [row, column];
      return p.widen(p.read(flat, [plus(times(n, depth), k)]));
    },
    vector: { left: a.vector, right: false },
  });
};

/** What follows an integer product: scales of the whole and of columns, a bias, and the type of the result. */
export function rescaled(dtype: DType, scale: TensorRef, scales: TensorRef, bias: TensorRef | undefined) {
  return (p: PatternWriter, sum: Scalar, at: readonly Index[]): Scalar => {
    const read = (ref: TensorRef): Scalar => p.convert(p.widen(p.broadcast(ref, at)), "float32");
    const real = p.apply("mul", p.convert(sum, "float32"), p.apply("mul", read(scale), read(scales)));
    return p.convert(bias === undefined ? real : p.apply("add", real, read(bias)), dtype);
  };
}

const matMulIntegerToFloat: Decompose = (b) => {
  const finish = rescaled(b.output().dtype, b.input(2), b.input(3), b.optional(6));
  return integerProduct(b, b.output(), { left: 0, right: 1, leftZero: 4, rightZero: 5 }, finish);
};

const dynamicQuantizeMatMul: Decompose = (b) => {
  const x = b.input(0);
  const quantised = b.fresh("quantised", "uint8", x.shape);
  const [scale, zero] = [b.fresh("scale", "float32", []), b.fresh("zero", "uint8", [])];
  writePart(b, QUANTIZATIONS, { op: "DynamicQuantizeLinear", inputs: [x], outputs: [quantised, scale, zero] });
  const inputs = [quantised, b.input(1), zero, b.optional(3)];
  const part: NodeBuilder = { ...b, input: (index) => inputs[index] ?? x, optional: (index) => inputs[index] };
  const finish = rescaled(b.output().dtype, scale, b.input(2), b.optional(4));
  return integerProduct(part, b.output(), { left: 0, right: 1, leftZero: 2, rightZero: 3 }, finish);
};

const gatherBlockQuantized: Decompose = (b) => {
  const [table, ids, scales, zeros, target] = [b.input(0), b.input(1), b.input(2), b.optional(3), b.output()];
  const rank = table.shape.length;
  const axis = axisOf(b.attributes.int("gather_axis", 0), rank);
  const quantised = axisOf(b.attributes.int("quantize_axis", 1), rank);
  const bits = table.dtype === "uint8" ? b.attributes.int("bits", 4) : 8;
  const perByte = 8 / bits;
  const real = table.shape.with(-1, table.shape.at(-1)! * perByte);
  const given = b.attributes.int("block_size", 128);
  const size = given === 0 ? real[quantised]! : given;
  const middle = table.dtype === "uint8" ? 2 ** (bits - 1) : 0;
  const index = places(b, real, quantised, size, perByte);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const id = p.convert(p.read(ids, at.slice(axis, axis + ids.shape.length)), "int32");
    const extent = literal(real[axis]!, "int32");
    const own = p.select(p.test("lt", id, literal(0, "int32")), p.apply("add", id, extent), id);
    const inside = p.apply("and", p.test("ge", own, literal(0, "int32")), p.test("lt", own, extent));
    const row = p.gathered(p.select(inside, own, literal(0, "int32")));
    const full = [...at.slice(0, axis), row, ...at.slice(axis + ids.shape.length)];
    const { byte, shift, block, zeroByte, zeroShift } = index(p, full);
    const number = (ref: TensorRef, from: readonly Index[], by: Scalar | undefined): Scalar => {
      const element = p.convert(p.read(ref, from), isFloat(ref.dtype) ? "float32" : "int32");
      if (by === undefined) return element;
      return p.apply("and", p.apply("shr", element, by), literal(2 ** bits - 1, "int32"));
    };
    const value = number(table, byte, shift);
    const origin = zeros === undefined ? literal(middle, value.dtype) : number(zeros, zeroByte, zeroShift);
    const scale = p.widen(
      p.read(
        scales,
        block.map((i, dim) => (scales.shape[dim] === 1 ? 0 : i)),
      ),
    );
    const made = p.apply("mul", whole(p, p.apply("sub", value, origin), scale), scale);
    p.give(p.select(inside, made, literal(0, made.dtype)), target, at);
  });
  return undefined;
};

/** Where an element of a table lies, its scale and its zero point: bytes, and shifts within them where they are packed. */
function places(b: NodeBuilder, shape: readonly number[], axis: number, size: number, perByte: number) {
  const last = shape.length - 1;
  const bits = 8 / perByte;
  const blocks = lookup(b, "block", shape[axis]!, (at) => Math.floor(at / size));
  const split = (name: string, count: number) =>
    perByte === 1
      ? undefined
      : {
          bytes: lookup(b, `${name}.byte`, count, (at) => Math.floor(at / perByte)),
          shifts: lookup(b, `${name}.shift`, count, (at) => (at % perByte) * bits),
        };
  const values = split("value", shape[last]!);
  const zeros = split("zero", axis === last ? Math.ceil(shape[last]! / size) : shape[last]!);
  return (p: PatternWriter, at: readonly Index[]) => {
    const block = at.map((i, dim) => (dim === axis ? p.gathered(p.read(blocks, [i])) : i));
    const byteOf = (index: readonly Index[], tables: typeof values): readonly Index[] =>
      tables === undefined ? index : index.map((i, dim) => (dim === last ? p.gathered(p.read(tables.bytes, [i])) : i));
    const shiftOf = (index: readonly Index[], tables: typeof values): Scalar | undefined =>
      tables === undefined ? undefined : p.read(tables.shifts, [index[last]!]);
    return {
      byte: byteOf(at, values),
      shift: shiftOf(at, values),
      block,
      zeroByte: byteOf(block, zeros),
      zeroShift: shiftOf(block, zeros),
    };
  };
}

export const WEIGHT_PRODUCTS: Readonly<Record<string, Decompose>> = {
  "com.microsoft.MatMulNBits": matMulNBits,
  "com.microsoft.MatMulBnb4": matMulBnb4,
  "com.microsoft.MatMulIntegerToFloat": matMulIntegerToFloat,
  "com.microsoft.DynamicQuantizeMatMul": dynamicQuantizeMatMul,
  "com.microsoft.GatherBlockQuantized": gatherBlockQuantized,
};
