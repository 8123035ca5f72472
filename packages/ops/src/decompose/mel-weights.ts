import type { Decompose } from "./decompose.ts";
import { plus } from "./index-form.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

const real = (value: number): Scalar => literal(value, "float64");

/** Triangles between corners that lie evenly on the mel scale: up from the first corner to the second, down to the third. */
const melWeightMatrix: Decompose = (b) => {
  const target = b.output();
  const [, bins = 0] = target.shape;
  const corners = cornersOf(b, bins + 2);
  b.pattern((p) => {
    const [k = 0, bin = 0] = p.parallelOver(target.shape, "kb");
    const [low, centre, high] = [0, 1, 2].map((corner) => p.read(corners, [plus(bin, corner)]));
    const here = p.convert(p.position(k), "float64");
    const rises = p.apply("and", p.test("ge", here, low!), p.test("lt", here, centre!));
    const falls = p.apply("and", p.test("ge", here, centre!), p.test("lt", here, high!));
    const up = p.apply("div", p.apply("sub", here, low!), p.apply("sub", centre!, low!));
    const down = p.apply("div", p.apply("sub", high!, here), p.apply("sub", high!, centre!));
    // The top itself is 1, even where the ways up or down have no length; corners in falling order have none.
    const top = p.apply("and", p.test("eq", here, centre!), p.test("le", low!, centre!));
    const rest = p.select(top, real(1), real(0));
    p.give(p.convert(p.select(rises, up, p.select(falls, down, rest)), target.dtype), target, [k, bin]);
  });
  return undefined;
};

/** Spectrum bins of the corners, whole numbers in doubles. */
function cornersOf(b: NodeBuilder, count: number): TensorRef {
  const corners = b.fresh("corners", "float64", [count]);
  b.pattern((p) => {
    const corner = p.parallel("corner", count);
    const [length, rate, from, to] = [1, 2, 3, 4].map((input) => given(b, p, input));
    const [low, high] = [mel(p, from!), mel(p, to!)];
    const step = p.apply("div", p.apply("sub", high, low), real(count));
    const at = p.apply("add", low, p.apply("mul", p.convert(p.position(corner), "float64"), step));
    const growth = p.apply("pow", real(10), p.apply("div", at, real(2595)));
    const hertz = p.apply("mul", p.apply("sub", growth, real(1)), real(700));
    const spread = p.apply("mul", p.apply("add", length!, real(1)), hertz);
    p.give(p.apply("floor", p.apply("div", spread, rate!)), corners, [corner]);
  });
  return corners;
}

function given(b: NodeBuilder, p: PatternWriter, input: number): Scalar {
  const operand = b.input(input);
  const element = p.read(
    operand,
    operand.shape.map(() => 0),
  );
  return p.convert(p.widen(element), "float64");
}

/** 2595 log10(1 + hertz / 700) */
function mel(p: PatternWriter, hertz: Scalar): Scalar {
  const ratio = p.apply("add", real(1), p.apply("div", hertz, real(700)));
  return p.apply("mul", real(2595 / Math.LN10), p.apply("log", ratio));
}

export const MEL_WEIGHTS: Readonly<Record<string, Decompose>> = { MelWeightMatrix: melWeightMatrix };
