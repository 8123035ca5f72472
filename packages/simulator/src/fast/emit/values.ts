import type { Operand } from "@rdu/arithmetic";
import { type Value, valueAt, type Write } from "../kernel.ts";
import { V } from "../wasm/opcodes.ts";
import type { Emission, Held } from "./emission.ts";
import { type Place, pushForm } from "./place.ts";
import { readScalar, writeScalar } from "./scalar-access.ts";
import { pushImmediate, scalarOperation, wasmType } from "./scalar-arithmetic.ts";
import { readVector, writeVector } from "./vector-access.ts";
import { pushVectorImmediate, vectorOperation } from "./vector-arithmetic.ts";

/** Computes values, the first of them at position `first`, one element each; totals must be held already. */
export function emitScalarValues(
  emission: Emission,
  values: readonly Value[],
  first: number,
  place: Place,
  held: Held,
): void {
  const { code, forms } = emission;
  values.forEach((value, index) => {
    if (value.kind === "total") return;
    if (value.kind === "read") readScalar(emission, value.access, value.type, place);
    else if (value.kind === "counter") pushForm(code, forms, forms.value(value.form), place);
    else {
      const { operands } = value.instruction;
      scalarOperation(code, value.instruction, (position) => {
        const operand = operands[position]!;
        if (typeof operand === "number") code.get(held.get(operand)!);
        else pushImmediate(code, operand);
      });
    }
    held.set(first + index, code.keep(wasmType(value.type)));
  });
}

export function emitScalarWrites(emission: Emission, writes: readonly Write[], place: Place, held: Held): void {
  for (const { value, targets } of writes) {
    for (const target of targets) writeScalar(emission, target, place, () => emission.code.get(held.get(value)!));
  }
}

/** As emitScalarValues, four elements along dim `lane` each. */
export function emitVectorValues(
  emission: Emission,
  values: readonly Value[],
  first: number,
  place: Place,
  lane: number,
  held: Held,
  lanes = 4,
): void {
  const { code, forms } = emission;
  values.forEach((value, index) => {
    if (value.kind === "total") return;
    if (value.kind === "read") readVector(emission, value.access, value.type, place, lane, lanes);
    else if (value.kind === "counter") {
      const stride = value.form.strides[lane]!;
      pushForm(code, forms, forms.value(value.form), place);
      code.simd(V.i32x4Splat);
      if (stride !== 0) {
        code.v128(Int32Array.of(0, stride, 2 * stride, 3 * stride));
        code.simd(V.i32x4Add);
      }
    } else {
      const { operands } = value.instruction;
      vectorOperation(code, value.instruction, (position) => {
        const operand: Operand = operands[position]!;
        if (typeof operand === "number") code.get(held.get(operand)!);
        else pushVectorImmediate(code, operand);
      });
    }
    held.set(first + index, code.keep("v128"));
  });
}

export function emitVectorWrites(
  emission: Emission,
  writes: readonly Write[],
  place: Place,
  lane: number,
  held: Held,
  lanes = 4,
): void {
  for (const { value, targets } of writes) {
    const { type } = valueAt(emission.kernel, value);
    for (const target of targets) writeVector(emission, target, type, place, lane, held.get(value)!, lanes);
  }
}
