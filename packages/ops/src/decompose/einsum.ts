import { elementAt } from "@rdu/diagnostics";
import type { IndexExpression } from "@rdu/ir";
import type { Decompose } from "./decompose.ts";
import type { Index } from "./index-form.ts";

interface Equation {
  /** One label per axis of each operand; the axes of an ellipsis are labelled "0", "1", ... counted from the right. */
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

/** One contraction: parallel loops over the labels of the result, reduce loops over all others. */
export const einsum: Decompose = (b) => {
  const [inputs, target] = [b.inputs(), b.output()];
  const equation = parseEquation(
    b.attributes.string("equation"),
    inputs.map(({ shape }) => shape.length),
  );
  const extents = new Map<string, number>();
  equation.operands.forEach((labels, operand) => {
    labels.forEach((label, axis) => {
      const known = extents.get(label) ?? 1;
      extents.set(label, known === 1 ? inputs[operand]!.shape[axis]! : known);
    });
  });
  b.pattern((p) => {
    const loops = new Map<string, IndexExpression>();
    for (const label of equation.result) loops.set(label, p.parallel(nameOf(label), extents.get(label) ?? 1));
    for (const [label, extent] of extents) if (!loops.has(label)) loops.set(label, p.reduceLoop(nameOf(label), extent));
    const factors = inputs.map((input, operand) => {
      const index = input.shape.map(
        (length, axis): Index => (length === 1 ? 0 : loops.get(equation.operands[operand]![axis]!)!),
      );
      return p.widen(p.read(input, index));
    });
    const sum = p.fold(
      "sum",
      factors.reduce((product, factor) => p.apply("mul", product, factor)),
    );
    p.give(
      sum,
      target,
      equation.result.map((label) => loops.get(label)!),
    );
  });
  return undefined;
};

function nameOf(label: string): string {
  return /\d/.test(label) ? `e${label}` : label;
}

function parseEquation(text: string, ranks: readonly number[]): Equation {
  const [left = "", right] = text.replaceAll(" ", "").split("->");
  const operands = left.split(",").map((term, operand) => labelsOf(term, elementAt(ranks, operand)));
  const result = right === undefined ? implicitResult(operands) : labelsOf(right, undefined, ellipsisOf(operands));
  return { operands, result };
}

/** The labels of one term; "..." stands for as many axes as the rank leaves. */
function labelsOf(term: string, rank: number | undefined, ellipsis: readonly string[] = []): readonly string[] {
  const [before = "", after] = term.split("...");
  if (after === undefined) return [...before];
  const count = rank === undefined ? ellipsis.length : rank - before.length - after.length;
  const broadcast = rank === undefined ? ellipsis : Array.from({ length: count }, (_, i) => String(count - 1 - i));
  return [...before, ...broadcast, ...after];
}

function ellipsisOf(operands: Equation["operands"]): readonly string[] {
  const widest = operands
    .map((labels) => labels.filter((label) => /\d/.test(label)))
    .sort((a, b) => b.length - a.length);
  return widest[0] ?? [];
}

/** Without "->": the ellipsis, then all labels that occur once, in alphabetic order. */
function implicitResult(operands: Equation["operands"]): readonly string[] {
  const all = operands.flat().filter((label) => !/\d/.test(label));
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  return [...ellipsisOf(operands), ...once.sort()];
}
