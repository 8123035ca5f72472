import { COMBINERS, type Combiner, type Instruction, identityIndex, identityOf, type LaneType } from "@rdu/arithmetic";
import type { Kernel, KernelReduction } from "../kernel.ts";
import type { Code, Local } from "../wasm/code.ts";
import { MEMORY, OP } from "../wasm/opcodes.ts";
import type { Held } from "./emission.ts";
import { pushImmediate, scalarOperation, wasmType } from "./scalar-arithmetic.ts";

/** The locals of one accumulator; `index` for the arg kinds. */
export interface Accumulator {
  readonly reduction: KernelReduction;
  readonly value: Local;
  readonly index: Local | null;
}

export function declareAccumulator(code: Code, reduction: KernelReduction): Accumulator {
  const { combiner, type, indexType } = reduction;
  return {
    reduction,
    value: code.local(wasmType(type)),
    index: COMBINERS[combiner].arg ? code.local(wasmType(indexType)) : null,
  };
}

export function resetAccumulator(code: Code, { reduction, value, index }: Accumulator): void {
  const { combiner, type, indexType } = reduction;
  pushImmediate(code, { type, value: identityOf(combiner, type) });
  code.set(value);
  if (index === null) return;
  pushImmediate(code, { type: indexType, value: identityIndex(combiner, indexType) });
  code.set(index);
}

/** The primitive that a combiner without index is. */
export function combinerInstruction(combiner: Combiner, type: LaneType): Instruction {
  const op = combiner === "sum" ? "add" : combiner === "prod" ? "mul" : combiner;
  return { op: op as Instruction["op"], type, operands: [0, 1] };
}

/** Folds an element (or another partial result) into an accumulator. */
export function foldScalar(code: Code, accumulator: Accumulator, element: Local, position: Local | null): void {
  const { reduction, value, index } = accumulator;
  const { combiner, type, indexType } = reduction;
  if (index === null || position === null) {
    scalarOperation(code, combinerInstruction(combiner, type), (operand) => code.get(operand === 0 ? value : element));
    code.set(value);
    return;
  }
  pushReplaces(code, combiner, type, indexType, [value, index], [element, position]);
  code.if(() => {
    code.get(element);
    code.set(value);
    code.get(position);
    code.set(index);
  });
}

/** See `replacesArg`: NaN against number decides; else different values; else the index. */
function pushReplaces(
  code: Code,
  combiner: Combiner,
  type: LaneType,
  indexType: LaneType,
  [value, index]: readonly [Local, Local],
  [element, position]: readonly [Local, Local],
) {
  const compare = (op: Instruction["op"], of: LaneType, a: Local, b: Local): void =>
    scalarOperation(code, { op, type: of, operands: [0, 1] }, (operand) => code.get(operand === 0 ? a : b));
  const largest = combiner === "argmax-first" || combiner === "argmax-last";
  const first = combiner === "argmax-first" || combiner === "argmin-first";
  compare(largest ? "gt" : "lt", type, element, value);
  compare(first ? "lt" : "gt", indexType, position, index);
  compare("ne", type, element, value);
  if (type !== "f32" && type !== "f64") return code.op(OP.select);
  // With a NaN on both sides they are as good as equal.
  compare("eq", type, value, value);
  compare("eq", type, element, element);
  code.op(OP.i32Or);
  code.op(OP.i32And);
  code.op(OP.select);
  const better = code.keep("i32");
  compare("ne", type, element, element);
  code.get(better);
  compare("ne", type, element, element);
  compare("ne", type, value, value);
  code.op(OP.i32Xor);
  code.op(OP.select);
}

/** Gives the totals of the epilogue the accumulators' locals. */
export function holdTotals(accumulators: readonly Accumulator[], kernel: Kernel, held: Held): void {
  kernel.epilogue.forEach((value, position) => {
    if (value.kind !== "total") return;
    const accumulator = accumulators[value.reduction]!;
    const local = accumulator.reduction.gives === "value" ? accumulator.value : accumulator.index;
    held.set(kernel.body.length + position, local!);
  });
}

/** Bytes of one accumulator kept in memory: a value and an index. */
export const ACCUMULATOR_BYTES = 16;

/** Moves an accumulator between its locals and memory at `address` + `offset`. */
export function spill(code: Code, accumulator: Accumulator, address: Local, offset: number): void {
  for (const [local, type, at] of partsOf(accumulator)) {
    code.get(address);
    code.get(local);
    code.memory(STORES[wasmType(type)]!, offset + at);
  }
}

export function unspill(code: Code, accumulator: Accumulator, address: Local, offset: number): void {
  for (const [local, type, at] of partsOf(accumulator)) {
    code.get(address);
    code.memory(LOADS[wasmType(type)]!, offset + at);
    code.set(local);
  }
}

function partsOf({ value, index, reduction }: Accumulator): [Local, LaneType, number][] {
  const parts: [Local, LaneType, number][] = [[value, reduction.type, 0]];
  if (index !== null) parts.push([index, reduction.indexType, 8]);
  return parts;
}

// biome-ignore format: a table
const LOADS: Readonly<Record<string, number>> = { i32: MEMORY.i32Load, i64: MEMORY.i64Load, f32: MEMORY.f32Load, f64: MEMORY.f64Load };
// biome-ignore format: a table
const STORES: Readonly<Record<string, number>> = { i32: MEMORY.i32Store, i64: MEMORY.i64Store, f32: MEMORY.f32Store, f64: MEMORY.f64Store };
