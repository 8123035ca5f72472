import { type DType, tensor } from "@rdu/tensor";
import { widened } from "../lane-types.ts";
import type { NodeBuilder } from "../node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "../pattern-writer.ts";
import { reduced } from "../reduction.ts";
import { type Forest, OUTCOMES, type Outcome, type Share } from "./forest.ts";

export type Aggregate = "SUM" | "AVERAGE" | "MIN" | "MAX";
export type PostTransform = "NONE" | "SOFTMAX" | "LOGISTIC" | "SOFTMAX_ZERO" | "PROBIT";

/** Steps beyond which the stages of a walk are too many for the chip. */
const MOST_STEPS = 128;
/** Elements of the table of weights by leaf and target. */
const MOST_WEIGHTS = 2 ** 24;

/** The rows of the operand, a vector being one row. */
export function rowsOf(b: NodeBuilder): TensorRef {
  const x = b.input(0);
  return x.shape.length === 1 ? b.reshaped(x, "rows", [1, x.shape[0]!]) : x;
}

/** Why the forest cannot stand on the chip. */
export function tooLarge(forest: Forest, targets: number): string | undefined {
  if (forest.depth > MOST_STEPS) return `trees of more than ${MOST_STEPS} steps are walked on the host`;
  return forest.leaves.length * targets > MOST_WEIGHTS ? "the trees have too many leaves for a table" : undefined;
}

/**
 * Scores of every row for every target: all trees are walked at once, a step of all of them being one stage; leaves stay where they are. Then
 * each target folds what the leaves reached have for it. A target that no leaf names keeps 0.
 */
export function scoresOf(b: NodeBuilder, forest: Forest, targets: number, aggregate: Aggregate): TensorRef {
  const x = rowsOf(b);
  const leaves = reached(b, x, forest);
  const lanes = x.dtype === "float64" ? "float64" : "float32";
  const [rows = 0, trees = 0] = leaves.shape;
  const { weights, named } = leafTables(forest, targets, aggregate);
  const shape = [forest.leaves.length, targets];
  const values = lanes === "float64" ? tensor(lanes, shape, weights) : tensor(lanes, shape, Float32Array.from(weights));
  const weightOf = b.table("weights", values);
  const scores = b.fresh("scores", lanes, [rows, targets]);
  const isNamed =
    aggregate === "MIN" || aggregate === "MAX" ? b.table("named", tensor("bool", shape, named)) : undefined;
  b.pattern((p) => {
    const [row = 0, target = 0] = p.parallelOver(scores.shape, "rk");
    const tree = p.reduceLoop("tree", trees);
    const leaf = p.gathered(p.read(leaves, [row, tree]));
    const weight = p.read(weightOf, [leaf, target]);
    if (isNamed === undefined) {
      const sum = p.fold("sum", weight);
      p.give(aggregate === "SUM" ? sum : p.apply("div", sum, literal(trees, lanes)), scores, [row, target]);
      return;
    }
    const has = p.read(isNamed, [leaf, target]);
    const none = literal(aggregate === "MIN" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, lanes);
    const best = p.fold(aggregate === "MIN" ? "min" : "max", p.select(has, weight, none));
    p.give(p.select(p.fold("or", has), best, literal(0, lanes)), scores, [row, target]);
  });
  return scores;
}

/** The leaf of each tree that each row ends at. */
function reached(b: NodeBuilder, x: TensorRef, forest: Forest): TensorRef {
  const { leaves, choices, roots, depth } = forest;
  const shape = [x.shape[0]!, roots.length];
  const count = leaves.length;
  const inner = <Value>(of: (choice: (typeof choices)[number]) => Value, leaf: (i: number) => Value): Value[] => [
    ...leaves.map((_, i) => leaf(i)),
    ...choices.map(of),
  ];
  const integers = (name: string, list: readonly number[]): TensorRef =>
    b.table(name, tensor("int32", [list.length], Int32Array.from(list)));
  const start = integers("roots", roots);
  let current = b.fresh("at0", "int32", shape);
  b.pattern((p) => {
    const at = p.parallelOver(shape, "rt");
    p.give(p.read(start, [at[1]!]), current, at);
  });
  if (depth === 0) return current;
  const exact = choices.every(({ value }) => Object.is(Math.fround(value), value));
  const lanes: DType = widened(x.dtype) === "float32" && exact ? "float32" : "float64";
  const values = inner(
    ({ value }) => value,
    () => 0,
  );
  const size = count + choices.length;
  const tables = {
    value: b.table(
      "values",
      lanes === "float64"
        ? tensor(lanes, [size], Float64Array.from(values))
        : tensor(lanes, [size], Float32Array.from(values)),
    ),
    feature: integers(
      "features",
      inner(
        ({ feature }) => feature,
        () => 0,
      ),
    ),
    yes: integers(
      "yes",
      inner(
        ({ yes }) => yes,
        (i) => i,
      ),
    ),
    no: integers(
      "no",
      inner(
        ({ no }) => no,
        (i) => i,
      ),
    ),
  };
  const takes = outcomeTables(b, forest);
  for (let step = 1; step <= depth; step += 1) {
    const [from, to] = [current, b.fresh(`at${step}`, "int32", shape)];
    b.pattern((p) => {
      const at = p.parallelOver(shape, "rt");
      const node = p.gathered(p.read(from, at));
      const feature = p.gathered(p.read(tables.feature, [node]));
      const element = p.convert(p.widen(p.read(x, [at[0]!, feature])), lanes);
      const value = p.read(tables.value, [node]);
      const outcome: Readonly<Record<Outcome, Scalar>> = {
        less: p.test("lt", element, value),
        equal: p.test("eq", element, value),
        greater: p.test("gt", element, value),
        missing: p.test("isnan", element),
      };
      const taken = OUTCOMES.flatMap((kind): Scalar[] => {
        const takes1 = takes[kind];
        if (takes1 === false) return [];
        return [takes1 === true ? outcome[kind] : p.apply("and", outcome[kind], p.read(takes1, [node]))];
      });
      const none = literal(false, "bool");
      const way = taken.length === 0 ? none : taken.reduce((a, c) => p.apply("or", a, c));
      p.give(p.select(way, p.read(tables.yes, [node]), p.read(tables.no, [node])), to, at);
    });
    current = to;
  }
  return current;
}

/** For each outcome whether it takes the true branch: the same at all choices, or by a table. */
function outcomeTables(b: NodeBuilder, { leaves, choices }: Forest): Readonly<Record<Outcome, boolean | TensorRef>> {
  const of = (kind: Outcome): boolean | TensorRef => {
    const flags = choices.map(({ taken }) => taken[kind]);
    if (flags.every((flag) => flag === flags[0])) return flags[0] ?? false;
    const all = Uint8Array.from([...leaves.map(() => 0), ...flags.map(Number)]);
    return b.table(`on-${kind}`, tensor("bool", [all.length], all));
  };
  return { less: of("less"), equal: of("equal"), greater: of("greater"), missing: of("missing") };
}

/** What each leaf has for each target, its shares of one target combined, and whether it names the target at all. */
function leafTables({ leaves }: Forest, targets: number, aggregate: Aggregate) {
  const weights = new Float64Array(leaves.length * targets);
  const named = new Uint8Array(leaves.length * targets);
  leaves.forEach((shares: readonly Share[], leaf) => {
    for (const { target, weight } of shares) {
      const at = leaf * targets + target;
      const before = weights[at]!;
      if (aggregate === "SUM" || aggregate === "AVERAGE") weights[at] = before + weight;
      else if (named[at] === 0) weights[at] = weight;
      else weights[at] = aggregate === "MIN" ? Math.min(before, weight) : Math.max(before, weight);
      named[at] = 1;
    }
  });
  return { weights, named };
}

/** The scores with base values added: one for all targets, or one each. */
export function withBase(b: NodeBuilder, scores: TensorRef, base: readonly number[]): TensorRef {
  if (base.length === 0) return scores;
  const [, targets = 1] = scores.shape;
  const list = Array.from({ length: targets }, (_, target) => (base.length === 1 ? base[0]! : (base[target] ?? 0)));
  const table = b.table(
    "base",
    scores.dtype === "float64"
      ? tensor("float64", [targets], Float64Array.from(list))
      : tensor("float32", [targets], Float32Array.from(list)),
  );
  const made = b.fresh("based", scores.dtype, scores.shape);
  b.pattern((p) => {
    const at = p.parallelOver(scores.shape, "rk");
    p.give(p.apply("add", p.read(scores, at), p.read(table, [at[1]!])), made, at);
  });
  return made;
}

/** target = the scores transformed, row by row. */
export function transformed(b: NodeBuilder, target: TensorRef, scores: TensorRef, transform: PostTransform): void {
  if (transform === "SOFTMAX" || transform === "SOFTMAX_ZERO") {
    softmax(b, target, scores, transform === "SOFTMAX_ZERO");
    return;
  }
  b.pattern((p) => {
    const at = p.parallelOver(scores.shape, "rk");
    const score = p.read(scores, at);
    const made =
      transform === "LOGISTIC" ? p.apply("sigmoid", score) : transform === "PROBIT" ? probit(p, score) : score;
    p.give(p.convert(made, target.dtype), target, at);
  });
}

/** Softmax of each row; with `keepZeros` zeros take no part and stay. A row without parts gives zeros. */
function softmax(b: NodeBuilder, target: TensorRef, scores: TensorRef, keepZeros: boolean): void {
  const { dtype, shape } = scores;
  const zero = literal(0, dtype);
  const most = reduced(b, "most", scores, [1], (p, score) => p.fold("max", score));
  const powers = b.fresh("powers", dtype, shape);
  b.pattern((p) => {
    const at = p.parallelOver(shape, "rk");
    const score = p.read(scores, at);
    const power = p.apply("exp", p.apply("sub", score, p.broadcast(most, at)));
    p.give(keepZeros ? p.select(p.test("eq", score, zero), zero, power) : power, powers, at);
  });
  const sum = reduced(b, "sum", powers, [1], (p, power) => p.fold("sum", power));
  b.pattern((p) => {
    const at = p.parallelOver(shape, "rk");
    const whole = p.broadcast(sum, at);
    const part = p.select(p.test("eq", whole, zero), zero, p.apply("div", p.read(powers, at), whole));
    p.give(p.convert(part, target.dtype), target, at);
  });
}

/** sqrt 2 times the inverse error function of 2 p - 1, by Winitzki's approximation with a = 0.147. */
function probit(p: PatternWriter, score: Scalar): Scalar {
  const like = (value: number): Scalar => literal(value, score.dtype);
  const x = p.apply("sub", p.apply("mul", like(2), score), like(1));
  const logarithm = p.apply("log", p.apply("mul", p.apply("sub", like(1), x), p.apply("add", like(1), x)));
  const half = p.apply("add", like(2 / (Math.PI * 0.147)), p.apply("mul", like(0.5), logarithm));
  const inner = p.apply("sub", p.apply("mul", half, half), p.apply("div", logarithm, like(0.147)));
  const root = p.apply("sqrt", p.apply("sub", p.apply("sqrt", inner), half));
  return p.apply("mul", p.apply("mul", like(Math.SQRT2), p.apply("sign", x)), root);
}
