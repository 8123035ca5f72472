import type { HostVerdict } from "./decompose.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** Choices beyond which an operator whose axes only the run knows is left to the host. */
const MOST_CHOICES = 8;

/** Sets of `count` axes whose folding turns `shape` into `target`. */
export function axisSets(
  shape: readonly number[],
  target: readonly number[],
  count: number,
): readonly (readonly number[])[] {
  const kept = target.length === shape.length;
  return subsets(shape.length, count).filter((axes) => {
    const folded = shape.flatMap((extent, axis) => (axes.includes(axis) ? (kept ? [1] : []) : [extent]));
    return folded.length === target.length && folded.every((extent, axis) => extent === target[axis]);
  });
}

function subsets(rank: number, count: number): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return Array.from({ length: rank }, (_, first) => first).flatMap((first) =>
    subsets(rank - first - 1, count - 1).map((rest) => [first, ...rest.map((axis) => axis + first + 1)]),
  );
}

/**
 * An operator along axes that only the run knows, of which the shapes leave a few sets to choose from: it is made for each set, and the one
 * that input `input` names is given. With one set there is nothing to choose.
 */
export function chosenAxes(
  b: NodeBuilder,
  input: number,
  sets: readonly (readonly number[])[],
  make: (axes: readonly number[], target: TensorRef) => void,
): HostVerdict | undefined {
  const [target, rank] = [b.output(), b.input(0).shape.length];
  const [first] = sets;
  if (first === undefined || sets.length > MOST_CHOICES) return { host: "the axes are known only at run time" };
  if (sets.length === 1) {
    make(first, target);
    return undefined;
  }
  const choices = sets.map((axes, i) => {
    const choice = b.fresh(`choice${i}`, target.dtype, target.shape);
    make(axes, choice);
    return choice;
  });
  const named = b.input(input);
  const which = b.fresh("which", "int32", []);
  b.pattern((p) => {
    const found = sets.map((axes) =>
      axes.map((axis) => names(p, named, axis, rank)).reduce((a, c) => p.apply("and", a, c)),
    );
    const none = literal(0, "int32");
    p.give(
      found.reduce((sum, hit, i) => p.select(hit, literal(i, "int32"), sum), none),
      which,
      [],
    );
  });
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const chosen = p.read(which, []);
    const values = choices.map((choice) => p.read(choice, at));
    const made = values.reduce((sum, value, i) => p.select(p.test("eq", chosen, literal(i, "int32")), value, sum));
    p.give(made, target, at);
  });
  return undefined;
}

/** Whether a short list of axes, some counted from the end, holds `axis`. */
function names(p: PatternWriter, list: TensorRef, axis: number, rank: number): Scalar {
  const count = list.shape[0] ?? 1;
  const hits = Array.from({ length: count }, (_, k) => {
    const entry = p.read(list, list.shape.length === 0 ? [] : [k]);
    const is = (value: number): Scalar => p.test("eq", entry, literal(value, entry.dtype));
    return p.apply("or", is(axis), is(axis - rank));
  });
  return hits.reduce((a, c) => p.apply("or", a, c));
}
