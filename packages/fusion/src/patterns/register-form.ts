import type { Immediate, Operand } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import type { IndexExpression, Loop, Pattern, PatternNode, Reduction, Step, ValueId, Write } from "@rdu/ir";
import {
  type Expression,
  expressionsOf,
  type IndexDraft,
  isExpression,
  type PatternDraft,
  type ReductionExpression,
  type ResultDraft,
} from "./draft.ts";

/** The pattern of a node as a draft. */
export function draftOf({ pattern, inputs }: PatternNode): PatternDraft {
  const registers: Expression[] = [];
  // Loops are told apart by identity, and two nodes may share a pattern.
  const loops = pattern.loops.map((loop) => ({ ...loop }));
  const register = (index: number): Expression => {
    const found = registers[index];
    invariant(found !== undefined, () => `register ${index} is used before it is set`);
    return found;
  };
  const indexOf = ({ constant, loops: used, registers: terms = [] }: IndexExpression): IndexDraft => ({
    constant,
    loops: used.map(({ loop, coefficient }) => ({ loop: loopAt(loops, loop), coefficient })),
    gathered: terms.map((term) => ({ expression: register(term.register), coefficient: term.coefficient })),
  });
  const add = (step: Step): void => {
    if (step.kind === "loop") registers.push({ kind: "loop", loop: loopAt(loops, step.loop) });
    else if (step.kind === "read") {
      const value = inputs[step.read.operand];
      invariant(value != null, "a pattern reads an operand that its node lacks");
      const { otherwise } = step.read;
      const index = step.read.index.map(indexOf);
      registers.push(
        otherwise === undefined ? { kind: "read", value, index } : { kind: "read", value, index, otherwise },
      );
    } else {
      const { operands, ...instruction } = step.instruction;
      const sources = operands.map((operand) => (typeof operand === "number" ? register(operand) : operand));
      registers.push({ kind: "compute", instruction, operands: sources });
    }
  };
  pattern.body.forEach(add);
  const reductions = pattern.reductions.map((reduction) => reductionOf(reduction, register));
  registers.push(...reductions);
  pattern.epilogue.forEach(add);
  return {
    loops,
    results: pattern.results.map(
      ({ register: from, dtype, shape, index, initial }): ResultDraft => ({
        expression: register(from),
        dtype,
        shape,
        index: index.map(indexOf),
        ...(initial === undefined ? {} : { initial }),
      }),
    ),
  };
}

function loopAt(loops: readonly Loop[], index: number): Loop {
  const loop = loops[index];
  invariant(loop !== undefined, () => `a pattern has no loop ${index}`);
  return loop;
}

function reductionOf(reduction: Reduction, register: (index: number) => Expression): ReductionExpression {
  const { combiner, type, gives, exclusive } = reduction;
  return {
    kind: "reduction",
    combiner,
    type,
    gives,
    argument: register(reduction.register),
    ...(reduction.index === undefined ? {} : { index: register(reduction.index) }),
    ...(exclusive === undefined ? {} : { exclusive }),
  };
}

/** A draft as pattern and operands. Equal expressions become one register; what no result needs is left out. */
export function patternOf(draft: PatternDraft): { readonly pattern: Pattern; readonly inputs: readonly ValueId[] } {
  const loopNumber = new Map(draft.loops.map((loop, index) => [loop, index]));
  const inputs: ValueId[] = [];
  const steps = { body: [] as Step[], epilogue: [] as Step[] };
  const reductions: Reduction[] = [];
  const roots = draft.results.map(({ expression }) => expression);
  const folds = uniqueReductions(roots, loopNumber);

  const operandNumber = (value: ValueId): number => {
    const known = inputs.indexOf(value);
    return known >= 0 ? known : inputs.push(value) - 1;
  };
  const emitter = (phase: Step[], first: () => number, given: ReadonlyMap<Expression, number>) => {
    const numbers = new Map<Expression, number>(given);
    const byKey = new Map<string, number>();
    const number = (expression: Expression): number => {
      const known = numbers.get(expression);
      if (known !== undefined) return known;
      const step = stepOf(expression);
      const key = JSON.stringify(step, (_, value) =>
        typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : value,
      );
      const same = byKey.get(key);
      if (same === undefined) phase.push(step);
      const made = same ?? first() + phase.length - 1;
      byKey.set(key, made);
      numbers.set(expression, made);
      return made;
    };
    const indexOf = (index: IndexDraft): IndexExpression => indexExpression(index, loopNumber, number);
    const stepOf = (expression: Expression): Step => {
      switch (expression.kind) {
        case "loop":
          return { kind: "loop", loop: loopNumber.get(expression.loop) ?? unknownLoop(expression.loop) };
        case "read": {
          const index = expression.index.map(indexOf);
          const operand = operandNumber(expression.value);
          const { otherwise } = expression;
          return { kind: "read", read: otherwise === undefined ? { operand, index } : { operand, index, otherwise } };
        }
        case "compute": {
          const operands = expression.operands.map(
            (operand): Operand => (isExpression(operand) ? number(operand) : (operand satisfies Immediate)),
          );
          const { op, type, ...rest } = expression.instruction;
          return { kind: "compute", instruction: { op, type, operands, ...rest } };
        }
        case "reduction":
          return invariant(false, "a reduction stands inside another one") as never;
      }
    };
    return number;
  };

  const body = emitter(steps.body, () => 0, new Map());
  if (folds.length === 0) {
    const results = draft.results.map((result) => writeOf(result, body(result.expression), loopNumber));
    return { pattern: { loops: draft.loops, body: steps.body, reductions, epilogue: [], results }, inputs };
  }
  for (const { expression } of folds) {
    const { combiner, type, gives, exclusive } = expression;
    reductions.push({
      combiner,
      type,
      register: body(expression.argument),
      ...(expression.index === undefined ? {} : { index: body(expression.index) }),
      gives,
      ...(exclusive === undefined ? {} : { exclusive }),
    });
  }
  const given = new Map<Expression, number>();
  folds.forEach(({ same }, index) => {
    for (const expression of same) given.set(expression, steps.body.length + index);
  });
  const epilogue = emitter(steps.epilogue, () => steps.body.length + folds.length, given);
  const results = draft.results.map((result) => writeOf(result, epilogue(result.expression), loopNumber));
  return { pattern: { loops: draft.loops, body: steps.body, reductions, epilogue: steps.epilogue, results }, inputs };
}

/** The reductions in order of first use, those that are the same object or fold the same argument the same way once. */
function uniqueReductions(
  roots: readonly Expression[],
  loopNumber: ReadonlyMap<Loop, number>,
): readonly { readonly expression: ReductionExpression; readonly same: readonly ReductionExpression[] }[] {
  const keyOf = structuralKeys(loopNumber);
  const found = new Map<string, { expression: ReductionExpression; same: ReductionExpression[] }>();
  for (const expression of expressionsOf(roots)) {
    if (expression.kind !== "reduction") continue;
    const key = keyOf(expression);
    const known = found.get(key);
    if (known === undefined) found.set(key, { expression, same: [expression] });
    else known.same.push(expression);
  }
  return [...found.values()];
}

function structuralKeys(loopNumber: ReadonlyMap<Loop, number>): (expression: Expression) => string {
  const ids = new Map<string, number>();
  const known = new Map<Expression, string>();
  const idOf = (expression: Expression): string => {
    const before = known.get(expression);
    if (before !== undefined) return before;
    const text = describe(expression);
    const id = ids.get(text) ?? ids.size;
    ids.set(text, id);
    known.set(expression, `#${id}`);
    return `#${id}`;
  };
  const describe = (expression: Expression): string => {
    const { kind, ...rest } = expression;
    return JSON.stringify([kind, rest], (name, value) => {
      if (typeof value === "bigint") return `${value}n`;
      if (Object.is(value, -0)) return "-0";
      if (name === "loop") return loopNumber.get(value as Loop) ?? unknownLoop(value as Loop);
      if (name === "argument" || name === "expression" || (name === "index" && !Array.isArray(value)))
        return idOf(value as Expression);
      if (name === "operands")
        return (value as (Expression | Immediate)[]).map((operand) =>
          isExpression(operand)
            ? idOf(operand)
            : `${operand.type} ${Object.is(operand.value, -0) ? "-0" : operand.value}`,
        );
      return value;
    });
  };
  return idOf;
}

function writeOf(result: ResultDraft, register: number, loopNumber: ReadonlyMap<Loop, number>): Write {
  const { dtype, shape, index, initial } = result;
  const forms = index.map((form) =>
    indexExpression(form, loopNumber, () => invariant(false, "a result index is affine") as never),
  );
  return { register, dtype, shape, index: forms, ...(initial === undefined ? {} : { initial }) };
}

function indexExpression(
  { constant, loops, gathered }: IndexDraft,
  loopNumber: ReadonlyMap<Loop, number>,
  number: (expression: Expression) => number,
): IndexExpression {
  const terms = loops
    .map(({ loop, coefficient }) => ({ loop: loopNumber.get(loop) ?? unknownLoop(loop), coefficient }))
    .sort((a, b) => a.loop - b.loop);
  const registers = gathered
    .map((term) => ({ register: number(term.expression), coefficient: term.coefficient }))
    .sort((a, b) => a.register - b.register);
  return registers.length === 0 ? { constant, loops: terms } : { constant, loops: terms, registers };
}

function unknownLoop(loop: Loop): never {
  return invariant(false, () => `loop ${loop.name} is not one of the pattern's`) as never;
}
