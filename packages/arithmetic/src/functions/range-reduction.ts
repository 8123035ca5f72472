import { type LaneEmitter, laneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";

/** What is left of an angle when multiples of pi / 2 are taken off: high + low, |high| below 0.8, low far smaller. */
export interface Reduced {
  /** i32: multiples of pi / 2 that were taken off; the two lowest bits count. */
  readonly quadrant: number;
  readonly high: number;
  readonly low: number;
}

/** From here on the quadrant number is not exact in the products of `reduceNear`. A power of two. */
const FAR = 2 ** 16;
const EXPONENT_OF_FAR = 127 + 16;

/** a = quadrant pi / 2 + high + low for every finite f32; NaN else. f32. */
export function reduceAngle(f: LaneEmitter, x: Operand): Reduced {
  const [near, far] = [reduceNear(f, x), reduceFar(f, x)];
  const size = f.abs(x);
  // An infinity takes the near way, which subtracts infinities.
  const isFar = f.emit({
    op: "and",
    type: "bool",
    operands: [f.binary("ge", size, f.literal(FAR)), f.less(size, f.literal(Number.POSITIVE_INFINITY))],
  });
  return {
    quadrant: f.emit({ op: "select", type: "i32", operands: [isFar, far.quadrant, near.quadrant] }),
    high: f.select(isFar, far.high, near.high),
    low: f.select(isFar, far.low, near.low),
  };
}

/** pi / 2 in parts of 8 bits (the last of 24), so that the products with a quadrant number below 2^16 are exact. */
const HALF_PI = [1.5703125, 0.0004825592041015625, 1.2665987014770508e-6, 9.89530235528946e-10, 2.5633440682570896e-12];
const TWO_OVER_PI = 0.6366197723675814;

/** Cody and Waite's way for |x| < 2^16: the first two subtractions are exact; what the next two round off is kept in low. */
function reduceNear(f: LaneEmitter, x: Operand): Reduced {
  const [first, second, third, fourth, last] = HALF_PI.map((part) => f.literal(part));
  const turns = f.unary("nearest", f.mul(x, f.literal(TWO_OVER_PI)));
  const exact = f.sub(f.sub(x, f.mul(turns, first!)), f.mul(turns, second!));
  const w3 = f.mul(turns, third!);
  const r3 = f.sub(exact, w3);
  const w4 = f.mul(turns, fourth!);
  const high = f.sub(r3, w4);
  const lost = f.add(f.sub(f.sub(exact, r3), w3), f.sub(f.sub(r3, high), w4));
  return { quadrant: f.convert(turns, "i32"), high, low: f.sub(lost, f.mul(turns, last!)) };
}

/** 2 / pi in binary, nine zeros before its first bit, in words of 16 bits. */
// biome-ignore format: as a table
const TWO_OVER_PI_BITS = [
  0x0051, 0x7cc1, 0xb727, 0x220a, 0x94fe, 0x13ab, 0xe8fa, 0x9a6e, 0xe06d, 0xb14a, 0xcc9e, 0x21c8, 0x20ff,
];
/** Words of the product that are worked out: of 2 bits of quadrant and 78 of fraction. */
const KEPT = 5;

/**
 * Payne and Hanek's way for |x| >= 2^16, in integers: x = m 2^e with m of 24 bits. Bits of 2 / pi so high that m 2^e times them is a
 * multiple of 4 say nothing of the angle; the 96 bits from there on, times m, give the quadrant and the fraction of it to 2^-70. No f32 of
 * this size is nearer than 2^-30 quadrants to a whole one (every one of them was looked at), so 40 bits at least are left.
 */
function reduceFar(f: LaneEmitter, x: Operand): Reduced {
  const u = laneEmitter("u32", f.emit);
  const bits = u.emit({ op: "and", type: "u32", operands: [f.reinterpret(x, "u32"), u.literal(0x7fffffff)] });
  const and = (a: Operand, mask: number) => u.binary("and", a, u.literal(mask));
  const right = (a: Operand, count: number) => u.binary("shr", a, u.literal(count));
  const left = (a: Operand, count: number) => u.binary("shl", a, u.literal(count));

  const start = u.sub(right(bits, 23), u.literal(EXPONENT_OF_FAR));
  const words = shifted(f, u, windowAt(u, start), and(start, 15));
  const [small, large] = [and(bits, 0xffff), u.binary("or", and(right(bits, 16), 0x7f), u.literal(0x80))];

  // Word by word from the lowest; each sum stays below 2^25.
  const product: number[] = [];
  let carry: Operand = u.literal(0);
  let below = u.mul(words[KEPT]!, small);
  for (let k = KEPT - 1; k >= 0; k -= 1) {
    const own = u.mul(words[k]!, small);
    const sum = u.add(u.add(and(own, 0xffff), right(below, 16)), u.add(u.mul(words[k + 1]!, large), carry));
    product.unshift(and(sum, 0xffff));
    carry = right(sum, 16);
    below = own;
  }
  const [p0, p1, p2, p3, p4] = product as [number, number, number, number, number];

  // The fraction to 30 bits as a number in [-1/2, 1/2) of a quadrant; the rest counts upwards from it.
  const fraction = u.binary("or", left(and(p0, 0x3fff), 16), p1);
  const half = right(fraction, 29);
  const signed = u.reinterpret(u.sub(fraction, left(half, 30)), "i32");
  const top = f.emit({ op: "shr", type: "i32", operands: [signed, { type: "i32", value: 8 }] });
  const first = f.mul(f.emit({ op: "convert", type: "i32", operands: [top], to: "f32" }), f.literal(2 ** -22));
  const scaled = (word: Operand, unit: number) => f.mul(u.convert(word, "f32"), f.literal(unit));
  const second = scaled(u.binary("or", left(and(fraction, 0xff), 16), p2), 2 ** -46);
  const third = scaled(u.binary("or", left(p3, 8), right(p4, 8)), 2 ** -70);

  const { high, low } = timesHalfPi(f, first, second, third);
  const quadrant = u.reinterpret(u.add(right(p0, 14), half), "i32");
  const negative = f.less(x, f.literal(0));
  const flipped = (value: number) => f.select(negative, f.unary("neg", value), value);
  const back = f.emit({ op: "neg", type: "i32", operands: [quadrant] });
  return {
    quadrant: f.emit({ op: "select", type: "i32", operands: [negative, back, quadrant] }),
    high: flipped(high),
    low: flipped(low),
  };
}

/** Seven words of 2 / pi from bit `start` on, less the up to 15 bits that `start` is beyond a word's beginning. `start` is below 112. */
function windowAt(u: LaneEmitter, start: Operand): readonly Operand[] {
  let words: readonly Operand[] = TWO_OVER_PI_BITS.map((word) => u.literal(word));
  // Where a window of the longer step would end beyond the table, `start` has not both bits set.
  for (const [step, count] of [
    [4, 10],
    [2, 8],
    [1, 7],
  ] as const) {
    const bit = u.binary("ne", u.binary("and", start, u.literal(16 * step)), u.literal(0));
    const from = words;
    words = Array.from({ length: count }, (_, j) => {
      const later = from[j + step];
      return later === undefined ? from[j]! : u.select(bit, later, from[j]!);
    });
  }
  return words;
}

/** Six words of 16 bits, `count` bits further on; as products, for vectors shift all lanes alike. */
function shifted(f: LaneEmitter, u: LaneEmitter, words: readonly Operand[], count: Operand): readonly number[] {
  const exponent = u.binary("shl", u.add(count, u.literal(127)), u.literal(23));
  const factor = f.convert(u.reinterpret(exponent, "f32"), "u32");
  const moved = words.map((word) => u.mul(word, factor));
  return moved
    .slice(0, -1)
    .map((word, j) =>
      u.binary("or", u.binary("and", word, u.literal(0xffff)), u.binary("shr", moved[j + 1]!, u.literal(16))),
    );
}

const HALF_PI_HIGH = 1.5703125;
const HALF_PI_LOW = 0.00048382679233327508;

/** (a + b + c) pi / 2 in two parts, where each of a, b, c is far smaller than the one before or that one is 0. */
function timesHalfPi(f: LaneEmitter, a: Operand, b: Operand, c: Operand): Pick<Reduced, "high" | "low"> {
  const sum = f.add(a, b);
  const rest = f.add(f.add(f.sub(a, sum), b), c);
  // The upper 12 bits of the sum, and the lower, have exact products with the upper 8 of pi / 2.
  const masked = f.emit({
    op: "and",
    type: "u32",
    operands: [f.reinterpret(sum, "u32"), { type: "u32", value: 0xfffff000 }],
  });
  const upper = f.emit({ op: "reinterpret", type: "u32", operands: [masked], to: "f32" });
  const lower = f.sub(sum, upper);
  const most = f.mul(upper, f.literal(HALF_PI_HIGH));
  const less = f.add(f.mul(lower, f.literal(HALF_PI_HIGH)), f.mul(sum, f.literal(HALF_PI_LOW)));
  const high = f.add(most, less);
  const low = f.add(f.add(f.sub(most, high), less), f.mul(rest, f.literal(HALF_PI_HIGH + HALF_PI_LOW)));
  return { high, low };
}
