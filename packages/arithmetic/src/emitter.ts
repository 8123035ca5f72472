import type { Immediate, Instruction, LaneType, Operand, Primitive } from "./instruction.ts";
import type { LaneValue } from "./lane.ts";

/** Appends a primitive to the body being written; gives its register. */
export type Emit = (instruction: Instruction) => number;

/** Primitives of one lane type, each appended to the body when called. Numbers given as `literal` are of that type. */
export interface LaneEmitter {
  readonly type: LaneType;
  readonly emit: Emit;
  literal(value: LaneValue): Immediate;
  unary(op: Primitive, a: Operand): number;
  binary(op: Primitive, a: Operand, b: Operand): number;
  add(a: Operand, b: Operand): number;
  sub(a: Operand, b: Operand): number;
  mul(a: Operand, b: Operand): number;
  div(a: Operand, b: Operand): number;
  abs(a: Operand): number;
  /** Gives a bool. */
  less(a: Operand, b: Operand): number;
  select(chosen: Operand, a: Operand, b: Operand): number;
  convert(a: Operand, to: LaneType): number;
  reinterpret(a: Operand, to: LaneType): number;
  /** `coefficients[0] + x * (coefficients[1] + x * (...))`, by Horner's rule; at least two. */
  polynomial(x: Operand, coefficients: readonly number[]): number;
}

export function laneEmitter(type: LaneType, emit: Emit): LaneEmitter {
  const unary = (op: Primitive, a: Operand) => emit({ op, type, operands: [a] });
  const binary = (op: Primitive, a: Operand, b: Operand) => emit({ op, type, operands: [a, b] });
  const literal = (value: LaneValue): Immediate => ({
    type,
    value: type === "f32" ? Math.fround(Number(value)) : value,
  });
  return {
    type,
    emit,
    literal,
    unary,
    binary,
    add: (a, b) => binary("add", a, b),
    sub: (a, b) => binary("sub", a, b),
    mul: (a, b) => binary("mul", a, b),
    div: (a, b) => binary("div", a, b),
    abs: (a) => unary("abs", a),
    less: (a, b) => binary("lt", a, b),
    select: (chosen, a, b) => emit({ op: "select", type, operands: [chosen, a, b] }),
    convert: (a, to) => emit({ op: "convert", type, operands: [a], to }),
    reinterpret: (a, to) => emit({ op: "reinterpret", type, operands: [a], to }),
    polynomial: (x, coefficients) => {
      const [last, ...rest] = [...coefficients].reverse().map(literal);
      const [next, ...others] = rest;
      const first = binary("add", binary("mul", last!, x), next!);
      return others.reduce((sum, coefficient) => binary("add", binary("mul", sum, x), coefficient), first);
    },
  };
}
