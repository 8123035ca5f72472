import { laneOf } from "@rdu/arithmetic";
import type { Loop } from "@rdu/ir";
import { DTYPES, type DType } from "@rdu/tensor";
import type { Expression, IndexDraft } from "./draft.ts";
import { withOperands } from "./draft.ts";
import { substituteLoops } from "./index-draft.ts";

/**
 * An expression of one pattern inside another: each of its loops replaced by an index of the other one. Undefined when a loop's own
 * value is used and its replacement is a gathered index.
 */
export function instantiate(expression: Expression, loops: ReadonlyMap<Loop, IndexDraft>): Expression | undefined {
  const made = new Map<Expression, Expression>();
  let possible = true;
  const rebuild = (original: Expression): Expression => {
    const known = made.get(original);
    if (known !== undefined) return known;
    const copy = withOperands(original, rebuild);
    const result = instantiated(copy, loops);
    if (result === undefined) possible = false;
    made.set(original, result ?? copy);
    return result ?? copy;
  };
  const result = rebuild(expression);
  return possible ? result : undefined;
}

function instantiated(expression: Expression, loops: ReadonlyMap<Loop, IndexDraft>): Expression | undefined {
  switch (expression.kind) {
    case "read":
      return { ...expression, index: expression.index.map((index) => substituteLoops(index, loops)) };
    case "loop": {
      const index = loops.get(expression.loop);
      return index === undefined ? expression : positionOf(index);
    }
    default:
      return expression;
  }
}

/** The value of an index as an i32 expression; undefined for gathered ones. */
function positionOf(index: IndexDraft): Expression | undefined {
  if (index.gathered.length > 0) return undefined;
  let sum: Expression | undefined;
  for (const { loop, coefficient } of index.loops) {
    const counter: Expression = { kind: "loop", loop };
    const term: Expression =
      coefficient === 1
        ? counter
        : {
            kind: "compute",
            instruction: { op: "mul", type: "i32" },
            operands: [counter, { type: "i32", value: coefficient }],
          };
    sum =
      sum === undefined ? term : { kind: "compute", instruction: { op: "add", type: "i32" }, operands: [sum, term] };
  }
  const constant = { type: "i32", value: index.constant } as const;
  if (sum === undefined)
    return {
      kind: "compute",
      instruction: { op: "add", type: "i32" },
      operands: [constant, { type: "i32", value: 0 }],
    };
  return index.constant === 0
    ? sum
    : { kind: "compute", instruction: { op: "add", type: "i32" }, operands: [sum, constant] };
}

/** The value as it would be read back after being stored as `dtype`. `typeOf` gives the element type of a value of the graph. */
export function storedAs(expression: Expression, dtype: DType, typeOf: (value: string) => DType): Expression {
  const lane = laneOf(dtype);
  const { class: kind, bits } = DTYPES[dtype];
  if (lane === undefined || kind === "bool" || bits >= 32 || fits(expression, dtype, typeOf)) return expression;
  const op = kind === "float" ? "round" : "wrap";
  return { kind: "compute", instruction: { op, type: lane, storage: dtype }, operands: [expression] };
}

/** True when every value of the expression is one of the storage type already. */
function fits(expression: Expression, dtype: DType, typeOf: (value: string) => DType): boolean {
  if (expression.kind === "read") return typeOf(expression.value) === dtype;
  if (expression.kind !== "compute") return false;
  const { op, storage } = expression.instruction;
  return storage === dtype && (op === "round" || op === "wrap" || op === "saturate");
}
