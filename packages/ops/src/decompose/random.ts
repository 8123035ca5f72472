import { randomSeed } from "../random/seed.ts";
import type { Decompose } from "./decompose.ts";
import { flatten, type Index, plus, times } from "./index-form.ts";
import { scalarConstant } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

const word = (value: number): Scalar => literal(value >>> 0, "uint32");
const real = (value: number): Scalar => literal(value, "float64");

/** The draw of this number, uniform in [0, 1): the generator's state is a function of how many draws came before, so that no draw waits for another. */
function uniform(p: PatternWriter, seed: number, draw: Index): Scalar {
  const count = p.convert(p.position(plus(draw, 1)), "uint32");
  const state = p.apply("add", p.apply("mul", count, word(0x6d2b79f5)), word(seed));
  const shifted = (x: Scalar, by: number): Scalar => p.apply("xor", x, p.apply("shr", x, word(by)));
  const first = p.apply("mul", shifted(state, 15), p.apply("or", state, word(1)));
  const second = p.apply("mul", shifted(first, 7), p.apply("or", first, word(61)));
  const mixed = p.apply("xor", first, p.apply("add", first, second));
  return p.apply("mul", p.convert(shifted(mixed, 14), "float64"), real(2 ** -32));
}

/** One normal number from two draws, by Box and Muller. */
function normal(p: PatternWriter, seed: number, draw: Index): Scalar {
  const [near, turn] = [uniform(p, seed, times(draw, 2)), uniform(p, seed, plus(times(draw, 2), 1))];
  const radius = p.apply("sqrt", p.apply("mul", p.apply("log", p.apply("sub", real(1), near)), real(-2)));
  return p.apply("mul", radius, p.apply("cos", p.apply("mul", turn, real(2 * Math.PI))));
}

/** Numbers of a distribution, moved and stretched by two attributes. */
function source(
  draw: typeof uniform,
  range: (b: NodeBuilder) => { readonly offset: number; readonly scale: number },
): Decompose {
  return (b) => {
    const [target, seed, { offset, scale }] = [b.output(), randomSeed(b.node), range(b)];
    return b.pattern((p) => {
      const at = p.parallelOver(target.shape);
      const stretched = p.apply("mul", draw(p, seed, flatten(at, target.shape)), real(scale));
      p.give(p.convert(p.apply("add", stretched, real(offset)), target.dtype), target, at);
    });
  };
}

const uniforms = source(uniform, ({ attributes }) => ({
  offset: attributes.float("low"),
  scale: attributes.float("high") - attributes.float("low"),
}));
const normals = source(normal, ({ attributes }) => ({
  offset: attributes.float("mean"),
  scale: attributes.float("scale"),
}));

const bernoulli: Decompose = (b) => {
  const [x, target, seed] = [b.input(0), b.output(), randomSeed(b.node)];
  return b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const draw = uniform(p, seed, flatten(at, target.shape));
    const hit = p.test("lt", draw, p.convert(p.widen(p.read(x, at)), "float64"));
    p.give(p.convert(hit, target.dtype), target, at);
  });
};

/** The class is how many of the running sums of all weights but the last lie at or below the draw's share of the whole sum. */
const multinomial: Decompose = (b) => {
  const [logits, target, seed] = [b.input(0), b.output(), randomSeed(b.node)];
  const [batch = 0, classes = 0] = logits.shape;
  const sums = b.fresh("sums", "float64", [batch, classes]);
  b.pattern((p) => {
    const n = p.parallel("n", batch);
    const k = p.scanLoop("k", classes);
    const weight = p.apply("exp", p.convert(p.widen(p.read(logits, [n, k])), "float64"));
    p.give(p.fold("sum", weight), sums, [n, k]);
  });
  return b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const k = p.reduceLoop("k", classes - 1);
    const [n = 0] = at;
    const share = p.apply("mul", uniform(p, seed, flatten(at, target.shape)), p.read(sums, [n, classes - 1]));
    const passed = p.convert(p.test("le", p.read(sums, [n, k]), share), "int32");
    p.give(p.convert(p.fold("sum", passed), target.dtype), target, at);
  });
};

/** Elements kept where the draw is not below the ratio, and scaled up, while training; otherwise all of them. */
const dropout: Decompose = (b) => {
  const never = b.version < 7 ? b.attributes.int("is_test") !== 0 : b.version < 12 || !b.has(2);
  const training = never ? 0 : b.version < 7 ? 1 : scalarConstant(b, 2);
  const ratio = b.version < 12 ? b.attributes.float("ratio") : b.has(1) ? scalarConstant(b, 1) : 0.5;
  if (training === 0 || ratio === 0) return passedOn(b);
  const [x, target, mask, seed] = [b.input(0), b.output(), b.wanted(1), randomSeed(b.node)];
  const first = (p: PatternWriter, ref: TensorRef): Scalar =>
    p.read(
      ref,
      ref.shape.map(() => 0),
    );
  const dropped = (p: PatternWriter) => {
    const share = ratio === undefined ? p.convert(p.widen(first(p, b.input(1))), "float64") : real(Number(ratio));
    const some = p.test("gt", share, real(0));
    return { share, drops: training === undefined ? p.apply("and", some, first(p, b.input(2))) : some };
  };
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const { share, drops } = dropped(p);
    const kept = p.test("ge", uniform(p, seed, flatten(at, target.shape)), share);
    const scale = p.apply("div", real(1), p.apply("sub", real(1), share));
    const factor = p.select(drops, p.select(kept, scale, real(0)), real(1));
    const element = p.convert(p.widen(p.read(x, at)), "float64");
    p.give(p.convert(p.apply("mul", element, factor), target.dtype), target, at);
  });
  if (mask === undefined) return undefined;
  return b.pattern((p) => {
    const at = p.parallelOver(mask.shape);
    const { share, drops } = dropped(p);
    const kept = p.test("ge", uniform(p, seed, flatten(at, mask.shape)), share);
    p.give(p.convert(p.apply("or", kept, p.apply("not", drops)), mask.dtype), mask, at);
  });
};

function passedOn(b: NodeBuilder): undefined {
  b.view(b.input(0), b.output());
  const mask = b.wanted(1);
  if (mask === undefined) return undefined;
  return b.pattern((p) => {
    const at = p.parallelOver(mask.shape);
    p.give(mask.dtype === "bool" ? literal(true, "bool") : literal(1, mask.dtype), mask, at);
  });
}

// biome-ignore format: a table
export const RANDOMS: Readonly<Record<string, Decompose>> = {
  RandomUniform: uniforms, RandomUniformLike: uniforms, RandomNormal: normals, RandomNormalLike: normals,
  Bernoulli: bernoulli, Multinomial: multinomial, Dropout: dropout,
};
