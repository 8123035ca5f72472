import type { LaneType } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import type { NestAxis, NestRead } from "@rdu/kernels";
import type { Source } from "./body.ts";
import type { Gather } from "./operands.ts";

/** The index stream that a gathered read needs: its value, and how the memory unit takes it. */
export interface IndexPlan {
  readonly index: Source;
  readonly kind: Gather["kind"];
}

/**
 * One axis gathered by one register as it is: the register. Everything else: the row-major element index, computed in i32, or -1 where an axis is out of
 * bounds (a 64-bit index is compared before it is narrowed, so none is taken for another).
 */
export function indexPlan(
  read: NestRead,
  sources: readonly Source[],
  laneOf: (source: Source) => LaneType,
  direct: boolean,
): IndexPlan {
  const gathered = read.axes.filter((axis) => axis.gathers.length > 0);
  const [only, ...others] = gathered;
  invariant(only !== undefined, "a read without gathered axes has no index");
  const [gather, ...more] = only.gathers;
  if (
    direct &&
    others.length === 0 &&
    more.length === 0 &&
    gather?.coefficient === 1 &&
    only.form.constant === 0 &&
    only.form.coefficients.every((c) => c === 0)
  ) {
    return { index: sourceAt(sources, gather.register), kind: "axis" };
  }
  return { index: flatIndex(read, sources, laneOf), kind: "flat" };
}

function flatIndex(read: NestRead, sources: readonly Source[], laneOf: (source: Source) => LaneType): Source {
  let valid: Source | null = null;
  let flat: Source = i32(0);
  let stride = 1;
  for (const axis of [...read.axes].reverse()) {
    const { value, inside } = axisIndex(axis, sources, laneOf);
    valid = valid === null ? inside : compute("and", "bool", [valid, inside]);
    flat = compute("add", "i32", [flat, compute("mul", "i32", [value, i32(stride)])]);
    stride *= axis.extent;
  }
  return valid === null ? flat : select(valid, flat, i32(-1));
}

/** The index along one axis as i32, and whether it lies in bounds. */
function axisIndex(
  axis: NestAxis,
  sources: readonly Source[],
  laneOf: (source: Source) => LaneType,
): { value: Source; inside: Source } {
  let sum: Source = i32(axis.form.constant);
  axis.form.coefficients.forEach((coefficient, loop) => {
    if (coefficient !== 0)
      sum = compute("add", "i32", [sum, compute("mul", "i32", [{ kind: "loop", loop }, i32(coefficient)])]);
  });
  const wide = axis.gathers.some((gather) => laneOf(sourceAt(sources, gather.register)) === "i64");
  const type = wide ? "i64" : "i32";
  const literal = (value: number): Source => ({
    kind: "immediate",
    immediate: { type, value: wide ? BigInt(value) : value },
  });
  let total: Source = wide
    ? { kind: "compute", instruction: { op: "convert", type: "i32", to: "i64", operands: [] }, operands: [sum] }
    : sum;
  for (const gather of axis.gathers) {
    const register = sourceAt(sources, gather.register);
    const own = laneOf(register);
    const value: Source =
      own === type
        ? register
        : { kind: "compute", instruction: { op: "convert", type: own, to: type, operands: [] }, operands: [register] };
    total = compute("add", type, [
      total,
      gather.coefficient === 1 ? value : compute("mul", type, [value, literal(gather.coefficient)]),
    ]);
  }
  const inside = compute("and", "bool", [
    compute("ge", type, [total, literal(0)]),
    compute("lt", type, [total, literal(axis.extent)]),
  ]);
  const narrow: Source = wide
    ? { kind: "compute", instruction: { op: "convert", type: "i64", to: "i32", operands: [] }, operands: [total] }
    : total;
  return { value: narrow, inside };
}

function sourceAt(sources: readonly Source[], register: number): Source {
  const source = sources[register];
  invariant(source !== undefined, `register ${register} is not set`);
  return source;
}

function compute(op: "add" | "mul" | "and" | "ge" | "lt", type: LaneType, operands: readonly Source[]): Source {
  return { kind: "compute", instruction: { op, type, operands: [] }, operands };
}

function select(condition: Source, yes: Source, no: Source): Source {
  return { kind: "compute", instruction: { op: "select", type: "i32", operands: [] }, operands: [condition, yes, no] };
}

function i32(value: number): Source {
  return { kind: "immediate", immediate: { type: "i32", value } };
}
