import type { Combiner, Immediate, Instruction, LaneType } from "@rdu/arithmetic";
import type { Loop, ValueId } from "@rdu/ir";
import type { DType } from "@rdu/tensor";

/**
 * A pattern in the making, without register numbers: expressions refer to one another and to loops directly, so that bodies can be
 * joined and cut freely. `register-form.ts` has the way from a pattern and back.
 */
export interface PatternDraft {
  /** Parallel loops first, outermost first. */
  readonly loops: readonly Loop[];
  readonly results: readonly ResultDraft[];
}

export interface ResultDraft {
  readonly expression: Expression;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly index: readonly IndexDraft[];
  readonly initial?: number | bigint;
}

/** constant + sum of coefficient * loop + sum of coefficient * gathered value. */
export interface IndexDraft {
  readonly constant: number;
  readonly loops: readonly { readonly loop: Loop; readonly coefficient: number }[];
  readonly gathered: readonly { readonly expression: Expression; readonly coefficient: number }[];
}

export type Expression = ReadExpression | LoopExpression | ComputeExpression | ReductionExpression;

export interface ReadExpression {
  readonly kind: "read";
  readonly value: ValueId;
  readonly index: readonly IndexDraft[];
  readonly otherwise?: number | bigint;
}
export interface LoopExpression {
  readonly kind: "loop";
  readonly loop: Loop;
}
export interface ComputeExpression {
  readonly kind: "compute";
  /** Operation and types; its operands are those below. */
  readonly instruction: Omit<Instruction, "operands">;
  readonly operands: readonly (Expression | Immediate)[];
}
export interface ReductionExpression {
  readonly kind: "reduction";
  readonly combiner: Combiner;
  readonly type: LaneType;
  readonly argument: Expression;
  readonly index?: Expression;
  readonly gives: "value" | "index";
  readonly exclusive?: boolean;
}

export function isExpression(operand: Expression | Immediate): operand is Expression {
  return "kind" in operand;
}

/** What an expression is computed from directly, gathered indices included. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "read":
      return expression.index.flatMap((index) => index.gathered.map((term) => term.expression));
    case "loop":
      return [];
    case "compute":
      return expression.operands.filter(isExpression);
    case "reduction":
      return expression.index === undefined ? [expression.argument] : [expression.argument, expression.index];
  }
}

/** Every expression that the results are computed from, operands before users, each once. */
export function expressionsOf(roots: readonly Expression[]): readonly Expression[] {
  const seen = new Set<Expression>();
  const order: Expression[] = [];
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return;
    seen.add(expression);
    operandsOf(expression).forEach(visit);
    order.push(expression);
  };
  roots.forEach(visit);
  return order;
}

/** Every expression of a draft. */
export function expressionsIn(draft: PatternDraft): readonly Expression[] {
  return expressionsOf(draft.results.map(({ expression }) => expression));
}

/** Whether a gather takes its index from what is read here, directly or computed from it. */
export function isIndexOfGather(draft: PatternDraft, read: ReadExpression): boolean {
  const indices = expressionsIn(draft).flatMap((found) =>
    found.kind === "read" ? found.index.flatMap(({ gathered }) => gathered.map(({ expression }) => expression)) : [],
  );
  return expressionsOf(indices).includes(read);
}

/** The draft with expressions replaced: `change` gives the replacement of an expression, or undefined to keep it over its changed operands. */
export function mapExpressions(
  draft: PatternDraft,
  change: (original: Expression) => Expression | undefined,
): PatternDraft {
  const made = new Map<Expression, Expression>();
  const rebuild = (expression: Expression): Expression => {
    const known = made.get(expression);
    if (known !== undefined) return known;
    const result = change(expression) ?? withOperands(expression, rebuild);
    made.set(expression, result);
    return result;
  };
  return {
    loops: draft.loops,
    results: draft.results.map((result) => ({ ...result, expression: rebuild(result.expression) })),
  };
}

/** The expression over changed operands; the same object when none changes. */
export function withOperands(expression: Expression, change: (operand: Expression) => Expression): Expression {
  switch (expression.kind) {
    case "loop":
      return expression;
    case "read": {
      if (expression.index.every(({ gathered }) => gathered.length === 0)) return expression;
      const index = expression.index.map((form) => ({
        ...form,
        gathered: form.gathered.map((term) => ({ ...term, expression: change(term.expression) })),
      }));
      return { ...expression, index };
    }
    case "compute": {
      const operands = expression.operands.map((operand) => (isExpression(operand) ? change(operand) : operand));
      const same = operands.every((operand, position) => operand === expression.operands[position]);
      return same ? expression : { ...expression, operands };
    }
    case "reduction": {
      const argument = change(expression.argument);
      return expression.index === undefined
        ? { ...expression, argument }
        : { ...expression, argument, index: change(expression.index) };
    }
  }
}
