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
 * An operator along axes that only the run knows, of which the shapes leave a few sets to choose from; see `chosenForm`. Input `input` lists
 * the axes.
 */
export function chosenAxes(
  b: NodeBuilder,
  input: number,
  sets: readonly (readonly number[])[],
  make: (axes: readonly number[], target: TensorRef) => void,
): HostVerdict | undefined {
  const rank = b.input(0).shape.length;
  const holds = (p: PatternWriter, axes: readonly number[]): Scalar =>
    axes.map((axis) => names(p, b.input(input), axis, rank)).reduce((a, c) => p.apply("and", a, c));
  if (chosenForm(b, sets, holds, make) === "done") return undefined;
  return { host: "the axes are known only at run time" };
}

/**
 * An operator that takes one of a few forms, of which only the run knows which: each is made, and the one that `holds` is given. With one form
 * there is nothing to choose. Undefined instead of "done" when there is none, or too many.
 */
export function chosenForm<Form>(
  b: NodeBuilder,
  forms: readonly Form[],
  holds: (p: PatternWriter, form: Form) => Scalar,
  make: (form: Form, target: TensorRef) => void,
): "done" | undefined {
  const target = b.output();
  const [first] = forms;
  if (first === undefined || forms.length > MOST_CHOICES) return undefined;
  if (forms.length === 1) {
    make(first, target);
    return "done";
  }
  const choices = forms.map((form, i) => {
    const choice = b.fresh(`choice${i}`, target.dtype, target.shape);
    make(form, choice);
    return choice;
  });
  const which = b.fresh("which", "int32", []);
  b.pattern((p) => {
    const found = forms.map((form) => holds(p, form));
    const none = literal(0, "int32");
    const made = found.reduce((sum, hit, i) => p.select(hit, literal(i, "int32"), sum), none);
    p.give(made, which, []);
  });
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const chosen = p.read(which, []);
    const values = choices.map((choice) => p.read(choice, at));
    const made = values.reduce((sum, value, i) => p.select(p.test("eq", chosen, literal(i, "int32")), value, sum));
    p.give(made, target, at);
  });
  return "done";
}

/** Whether a short list of axes, some counted from the end, holds `axis`. */
export function names(p: PatternWriter, list: TensorRef, axis: number, rank: number): Scalar {
  const count = list.shape[0] ?? 1;
  const hits = Array.from({ length: count }, (_, k) => {
    const entry = p.read(list, list.shape.length === 0 ? [] : [k]);
    const is = (value: number): Scalar => p.test("eq", entry, literal(value, entry.dtype));
    return p.apply("or", is(axis), is(axis - rank));
  });
  return hits.reduce((a, c) => p.apply("or", a, c));
}
