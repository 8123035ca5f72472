import { DTYPES, type DType, isFloat, isInteger } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { laneOf } from "./lane-types.ts";
import { map, mapInput } from "./maps.ts";
import { literal, type PatternWriter, type Scalar } from "./pattern-writer.ts";

/** How floats that a narrow type cannot hold are treated. */
interface CastOptions {
  readonly saturate: boolean;
  /** float8e8m0 only. */
  readonly roundMode: string;
}

const DEFAULTS: CastOptions = { saturate: true, roundMode: "up" };

/** The value as another storage type by the rules of ONNX Cast. */
export function castElement(
  p: PatternWriter,
  x: Scalar,
  to: DType,
  { saturate, roundMode }: CastOptions = DEFAULTS,
): Scalar {
  const from = x.dtype;
  if (from === to) return x;
  const lane = laneOf(from);
  // Out of range, what does not fit 32 bits saturates first, then bits are dropped: unsigned targets too come by way of int32.
  if (isFloat(from) && isInteger(to) && laneOf(to) === "u32" && to !== "uint32")
    return p.convert(p.convert(p.widen(x), "int32"), to);
  if (!isFloat(to) || laneOf(to) !== "f32" || to === "float32") return p.convert(p.widen(x), to);
  const single = lane === "f32" ? p.widen(x) : toSingleByOdd(p, x);
  if (to === "float8e8m0") return powerOfTwo(p, single, saturate, roundMode);
  if (DTYPES[to].bits <= 8 && saturate) return p.saturate(single, to);
  return p.convert(single, to);
}

/**
 * A single that rounds to a narrower float as the wider value itself would: where the conversion was inexact, the neighbour with an odd
 * last bit ("round to odd").
 */
function toSingleByOdd(p: PatternWriter, x: Scalar): Scalar {
  if (x.dtype === "bool" || (isInteger(x.dtype) && DTYPES[x.dtype].bits <= 16)) return p.convert(p.widen(x), "float32");
  const exact = x.dtype === "float64" ? x : isWideInteger(x.dtype) ? undefined : p.convert(p.widen(x), "float64");
  // 64-bit integers: beyond 2^53 the double is already rounded, far beyond where a narrow float can tell.
  const double = exact ?? p.convert(x, "float64");
  const single = p.convert(double, "float32");
  const bits = p.reinterpret(single, "int32");
  const back = p.convert(single, "float64");
  const size = p.apply("abs", double);
  const backSize = p.apply("abs", back);
  const towards = p.select(p.test("gt", backSize, size), p.apply("sub", bits, literal(1, "int32")), bits);
  const odd = p.reinterpret(p.apply("or", towards, literal(1, "int32")), "float32");
  const inexact = p.apply(
    "and",
    p.test("ne", back, double),
    p.test("lt", backSize, literal(Number.POSITIVE_INFINITY, "float64")),
  );
  const finite = p.apply("and", inexact, p.apply("not", p.test("isnan", double)));
  return p.select(finite, odd, single);
}

function isWideInteger(dtype: DType): boolean {
  return dtype === "int64" || dtype === "uint64";
}

/** float8e8m0 by its rounding mode; the sign is dropped. Zero, infinity and NaN as the stored type has them. */
function powerOfTwo(p: PatternWriter, x: Scalar, saturate: boolean, roundMode: string): Scalar {
  const like = (value: number): Scalar => literal(value, "float32");
  const size = p.apply("abs", x);
  // Subnormal values have no exponent bits until they are scaled up.
  const small = p.test("lt", size, like(2 ** -126));
  const normal = p.select(small, p.apply("mul", size, like(2 ** 24)), size);
  // The power of two below: the exponent bits alone.
  const bits = p.reinterpret(normal, "int32");
  const below = p.reinterpret(p.apply("and", bits, literal(0x7f800000, "int32")), "float32");
  const above = p.apply("mul", below, like(2));
  const upwards =
    roundMode === "nearest" ? p.test("ge", normal, p.apply("mul", below, like(1.5))) : p.test("gt", normal, below);
  const rounded = roundMode === "down" ? below : p.select(upwards, above, below);
  const power = p.select(small, p.apply("mul", rounded, like(2 ** -24)), rounded);
  const finite = p.test("lt", size, like(Number.POSITIVE_INFINITY));
  const value = p.select(finite, power, size);
  return saturate ? p.saturate(value, "float8e8m0") : p.convert(value, "float8e8m0");
}

const cast: Decompose = (b) => {
  const target = b.output();
  const options = {
    saturate: b.attributes.int("saturate", 1) !== 0,
    roundMode: b.attributes.string("round_mode", "up"),
  };
  if (b.input(0).dtype === target.dtype) return b.view(b.input(0), target);
  return map(b, target, [mapInput(b, 0)], (p, x) => castElement(p, x, target.dtype, options));
};

/** The bits as another type of the same width. */
const bitCast: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  if (x.dtype === target.dtype) return b.view(x, target);
  if (x.dtype === "bool" && isInteger(target.dtype))
    return map(b, target, [mapInput(b, 0)], (p, element) => p.convert(element, target.dtype));
  const plain = (dtype: DType): boolean => isInteger(dtype) || DTYPES[dtype].bits >= 32;
  if (!plain(x.dtype) || !plain(target.dtype))
    return { host: `lanes do not see the bits of ${plain(x.dtype) ? target.dtype : x.dtype}` };
  return map(b, target, [mapInput(b, 0)], (p, element) => {
    if (DTYPES[x.dtype].bits < 32)
      return p.convert(p.convert(p.widen(element), laneOf(target.dtype) === "i32" ? "int32" : "uint32"), target.dtype);
    return p.reinterpret(element, target.dtype);
  });
};

export const CASTS: Readonly<Record<string, Decompose>> = {
  Cast: cast,
  CastLike: cast,
  BitCast: bitCast,
};
