import type { Decompose } from "../decompose.ts";
import { type Index, plus, times } from "../index-form.ts";
import { widened } from "../lane-types.ts";
import { copy } from "../maps.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "../pattern-writer.ts";
import { MOST_STEPS } from "./unrolled.ts";

/**
 * Linear attention, unrolled over time: the state [batch, key head, key feature, value feature] decays, takes in the product of key and value
 * (by the delta rule: what the state does not already answer), and is asked by the query.
 */
const linearAttention: Decompose = (b) => {
  const [query, key, value, target] = [b.input(0), b.input(1), b.input(2), b.output()];
  const [past, decay, beta] = [b.optional(3), b.optional(4), b.optional(5)];
  const [batch = 1, steps = 1, width = 1] = query.shape;
  if (steps > MOST_STEPS || steps === 0) return { host: `a sequence of ${steps} steps is not unrolled` };
  const [queryHeads, keyHeads] = [b.attributes.int("q_num_heads"), b.attributes.int("kv_num_heads")];
  const keySize = width / queryHeads;
  const valueSize = value.shape[2]! / keyHeads;
  const group = queryHeads / keyHeads;
  const given = b.attributes.float("scale", 0);
  const scale = given === 0 ? 1 / Math.sqrt(keySize) : given;
  const shape = [batch, keyHeads, keySize, valueSize];
  const lanes = widened(query.dtype);
  const at = (head: Index, size: number, feature: Index): Index => plus(times(head, size), feature);
  const wide = (p: PatternWriter, ref: TensorRef, index: readonly Index[]): Scalar =>
    p.convert(p.widen(p.read(ref, index)), lanes);
  let state = past;
  const answers: TensorRef[] = [];
  for (let t = 0; t < steps; t += 1) {
    const before = state;
    /** The state before this step, decayed. */
    const kept = (p: PatternWriter, [n, h, d, m]: readonly [Index, Index, Index, Index]): Scalar => {
      if (before === undefined) return literal(0, lanes);
      const old = wide(p, before, [n, h, d, m]);
      if (decay === undefined) return old;
      const rate = wide(p, decay, [n, t, decay.shape[2] === keyHeads ? h : at(h, keySize, d)]);
      return p.apply("mul", old, p.apply("exp", rate));
    };
    const written = beta === undefined ? undefined : b.fresh(`written.${t}`, lanes, [batch, keyHeads, valueSize]);
    if (written !== undefined && beta !== undefined) {
      b.pattern((p) => {
        const [n, h, m] = [p.parallel("n", batch), p.parallel("h", keyHeads), p.parallel("m", valueSize)];
        const d = p.reduceLoop("d", keySize);
        const known = p.fold("sum", p.apply("mul", kept(p, [n, h, d, m]), wide(p, key, [n, t, at(h, keySize, d)])));
        const missing = p.apply("sub", wide(p, value, [n, t, at(h, valueSize, m)]), known);
        p.give(p.apply("mul", wide(p, beta, [n, t, beta.shape[2] === 1 ? 0 : h]), missing), written, [n, h, m]);
      });
    }
    const next = b.fresh(`state.${t}`, lanes, shape);
    b.pattern((p) => {
      const [n = 0, h = 0, d = 0, m = 0] = p.parallelOver(shape, "nhdm");
      const taken = written === undefined ? wide(p, value, [n, t, at(h, valueSize, m)]) : p.read(written, [n, h, m]);
      const product = p.apply("mul", wide(p, key, [n, t, at(h, keySize, d)]), taken);
      p.give(p.apply("add", kept(p, [n, h, d, m]), product), next, [n, h, d, m]);
    });
    const answer = b.fresh(`answer.${t}`, target.dtype, [batch, 1, queryHeads * valueSize]);
    b.pattern((p) => {
      const [n, h, r, m] = [
        p.parallel("n", batch),
        p.parallel("h", keyHeads),
        p.parallel("r", group),
        p.parallel("m", valueSize),
      ];
      const d = p.reduceLoop("d", keySize);
      const head = plus(times(h, group), r);
      const sum = p.fold(
        "sum",
        p.apply("mul", wide(p, query, [n, t, at(head, keySize, d)]), p.read(next, [n, h, d, m])),
      );
      p.give(p.convert(p.apply("mul", sum, literal(scale, lanes)), target.dtype), answer, [
        n,
        0,
        at(head, valueSize, m),
      ]);
    });
    answers.push(answer);
    state = next;
  }
  b.join(
    answers,
    answers.map((_, t) => [0, t, 0]),
    target,
  );
  const present = b.wanted(1);
  const last = state;
  if (present === undefined || last === undefined) return undefined;
  b.pattern((p) => {
    const index = p.parallelOver(shape, "nhdm");
    p.give(p.convert(p.widen(p.read(last, index)), present.dtype), present, index);
  });
  return undefined;
};

/** A depthwise convolution over the past k - 1 inputs and the present ones; the last k - 1 of both are the next past. */
const causalConvWithState: Decompose = (b) => {
  const [x, w, target] = [b.input(0), b.input(1), b.output()];
  const [bias, past, present] = [b.optional(2), b.optional(3), b.wanted(1)];
  const [batch = 1, channels = 1, length = 1] = x.shape;
  const kernel = w.shape[2]!;
  const padded = past === undefined ? undefined : b.fresh("padded", x.dtype, [batch, channels, length + kernel - 1]);
  if (padded !== undefined && past !== undefined)
    b.join(
      [past, x],
      [
        [0, 0, 0],
        [0, 0, kernel - 1],
      ],
      padded,
    );
  const source = padded ?? x;
  const first = padded === undefined ? 1 - kernel : 0;
  const outside = padded === undefined && kernel > 1 ? 0 : undefined;
  const silu = b.attributes.string("activation", "none") !== "none";
  b.pattern((p) => {
    const [n = 0, c = 0, l = 0] = p.parallelOver(target.shape, "ncl");
    const k = p.reduceLoop("k", kernel);
    const element = p.widen(p.read(source, [n, c, plus(l, k, first)], outside));
    const sum = p.fold("sum", p.apply("mul", element, p.widen(p.read(w, [c, 0, k]))));
    const whole = bias === undefined ? sum : p.apply("add", sum, p.widen(p.read(bias, [c])));
    p.give(silu ? p.apply("mul", whole, p.apply("sigmoid", whole)) : whole, target, [n, c, l]);
  });
  if (present === undefined) return undefined;
  return copy(b, present, source, ([n = 0, c = 0, j = 0]) => [n, c, plus(j, length + first)], outside);
};

export const STATE_SPACES: Readonly<Record<string, Decompose>> = {
  LinearAttention: linearAttention,
  CausalConvWithState: causalConvWithState,
};
