import { elementAt, invariant } from "@rdu/diagnostics";
import type { IndexExpression, Pattern, Read, Step } from "@rdu/ir";
import { type Form, formInterval, type Interval, usesLoop } from "./form.ts";

/** A pattern made ready for mapping: loops of one iteration are gone and index expressions are dense forms over the rest. */
export interface Nest {
  readonly pattern: Pattern;
  readonly loops: readonly NestLoop[];
  /** Pattern loop to nest loop; -1 for a loop that is gone (its value is always 0). */
  readonly loopOf: readonly number[];
  readonly reads: readonly NestRead[];
  readonly results: readonly NestResult[];
}

export interface NestLoop {
  readonly name: string;
  readonly extent: number;
  readonly kind: "parallel" | "reduce" | "scan";
}

export interface NestRead {
  readonly register: number;
  readonly operand: number;
  readonly phase: "body" | "epilogue";
  readonly axes: readonly NestAxis[];
  readonly otherwise?: number | bigint;
}

/** One axis of an access: its index form, its length, and the registers whose values are added to the form. */
export interface NestAxis {
  readonly form: Form;
  readonly extent: number;
  readonly gathers: readonly { readonly register: number; readonly coefficient: number }[];
}

export interface NestResult {
  readonly register: number;
  readonly axes: readonly NestAxis[];
}

/** `operandShapes[i]` is the static shape of operand i. */
export function nestOf(pattern: Pattern, operandShapes: readonly (readonly number[])[]): Nest {
  const loopOf: number[] = [];
  const loops: NestLoop[] = [];
  for (const loop of pattern.loops) {
    const kept = loop.extent > 1;
    loopOf.push(kept ? loops.length : -1);
    if (kept) loops.push({ name: loop.name, extent: loop.extent, kind: loop.kind });
  }
  const form = (index: IndexExpression): Form => {
    const coefficients = new Array<number>(loops.length).fill(0);
    for (const term of index.loops) {
      const loop = loopOf[term.loop];
      invariant(loop !== undefined, `pattern has no loop ${term.loop}`);
      if (loop >= 0) coefficients[loop] = elementAt(coefficients, loop) + term.coefficient;
    }
    return { constant: index.constant, coefficients };
  };
  const axesOf = (index: readonly IndexExpression[], shape: readonly number[]): NestAxis[] =>
    index.map((expression, axis) => {
      const extent = shape[axis];
      invariant(extent !== undefined, "an access has more index expressions than its tensor has axes");
      return { form: form(expression), extent, gathers: expression.registers ?? [] };
    });
  const readOf = (read: Read, register: number, phase: "body" | "epilogue"): NestRead => {
    const shape = operandShapes[read.operand];
    invariant(shape !== undefined, `pattern reads operand ${read.operand}, which the node does not have`);
    return {
      register,
      operand: read.operand,
      phase,
      axes: axesOf(read.index, shape),
      ...(read.otherwise === undefined ? {} : { otherwise: read.otherwise }),
    };
  };
  const reads: NestRead[] = [];
  const collect = (steps: readonly Step[], first: number, phase: "body" | "epilogue"): void => {
    steps.forEach((step, position) => {
      if (step.kind === "read") reads.push(readOf(step.read, first + position, phase));
    });
  };
  collect(pattern.body, 0, "body");
  collect(pattern.epilogue, pattern.body.length + pattern.reductions.length, "epilogue");
  return {
    pattern,
    loops,
    loopOf,
    reads,
    results: pattern.results.map((result) => ({ register: result.register, axes: axesOf(result.index, result.shape) })),
  };
}

/** The whole range of each loop. */
export function loopRanges(nest: Nest): Interval[] {
  return nest.loops.map((loop) => ({ low: 0, high: loop.extent - 1 }));
}

export function readUsesLoop(read: NestRead, loop: number): boolean {
  return read.axes.some((axis) => usesLoop(axis.form, loop));
}

/** Whether an access can leave its tensor, by interval arithmetic. */
export function leavesTensor(read: NestRead, ranges: readonly Interval[]): boolean {
  return read.axes.some((axis) => {
    const { low, high } = formInterval(axis.form, ranges);
    return low < 0 || high >= axis.extent;
  });
}
