import type { LaneType } from "@rdu/arithmetic";
import { DTYPES } from "@rdu/tensor";
import { hostFunction } from "../host-functions.ts";
import type { Access } from "../kernel.ts";
import type { Local } from "../wasm/code.ts";
import { OP, type WasmType } from "../wasm/opcodes.ts";
import { loadElement, storeElement } from "./element.ts";
import type { Emission } from "./emission.ts";
import { boundParameter } from "./form-table.ts";
import { type Place, pushAddress, pushForm } from "./place.ts";
import { pushImmediate, wasmType } from "./scalar-arithmetic.ts";

/** Leaves the element that an access reads at a place on the stack. */
export function readScalar(emission: Emission, access: Access, type: LaneType, place: Place): void {
  const { code } = emission;
  const fill = (): void => pushImmediate(code, { type, value: access.fill });
  const load = (moved?: Local): void => loadElement(code, access.storage, pushElement(emission, access, place, moved));
  const indexed = (): void => {
    if (access.index === undefined) load();
    else withIndex(emission, access, place, load, fill, wasmType(type));
  };
  if (!pushGuards(emission, access, place)) indexed();
  else code.if(indexed, fill, wasmType(type));
}

/** Writes the value that `push` puts on the stack to the element that an access names at a place. */
export function writeScalar(emission: Emission, access: Access, place: Place, push: () => void): void {
  const { code } = emission;
  const store = (moved?: Local): void => {
    const offset = pushElement(emission, access, place, moved);
    push();
    storeElement(code, access.storage, offset);
  };
  const indexed = (): void => {
    if (access.index === undefined) store();
    else withIndex(emission, access, place, store, () => {});
  };
  if (!pushGuards(emission, access, place)) indexed();
  else code.if(indexed);
}

/** Puts the address of an element on the stack, `moved` bytes further on if given; gives the offset to go with it. */
export function pushElement({ code, forms }: Emission, access: Access, place: Place, moved?: Local): number {
  const offset = pushAddress(code, forms, forms.address(access), place);
  if (moved === undefined) return offset;
  code.get(moved);
  code.op(OP.i32Add);
  return offset;
}

/** Puts on the stack whether all guards hold; nothing, and false, when there are none. */
export function pushGuards({ code, forms }: Emission, { guards }: Access, place: Place, skip = -1): boolean {
  let pushed = false;
  for (const { form, bound } of guards) {
    if (skip >= 0 && form.strides[skip] !== 0) continue;
    const value = forms.value(form);
    pushForm(code, forms, value, place);
    code.get(boundParameter(forms, value, bound));
    code.op(OP.i32LtU);
    if (pushed) code.op(OP.i32And);
    pushed = true;
  }
  return pushed;
}

/**
 * Takes the index of an access, and does `then` with the bytes that it moves the address by; outside its bound `otherwise` when it is
 * clipped, else the run stops. With `result`, both leave a value.
 */
export function withIndex(
  emission: Emission,
  access: Access,
  place: Place,
  then: (moved: Local) => void,
  otherwise: () => void,
  result?: WasmType,
): void {
  const { code, forms } = emission;
  const index = access.index!;
  const inside = pushIndex(emission, access, place);
  code.get(inside.moved);
  code.i32(index.stride * DTYPES[access.storage].bytes);
  code.op(OP.i32Mul);
  code.set(inside.moved);
  if (index.clip) {
    code.get(inside.valid);
    code.if(() => then(inside.moved), otherwise, result);
    return;
  }
  code.get(inside.valid);
  code.op(OP.i32Eqz);
  code.if(() => {
    code.get(inside.found);
    code.i32(index.bound);
    code.get(place.locals[forms.owner(index.owner)]!);
    code.call(hostFunction("index_failure"));
  });
  then(inside.moved);
}

/** The index of an access as i32 (`moved`), as f64 for errors (`found`), and whether it is within its bound. */
export function pushIndex(
  emission: Emission,
  access: Access,
  place: Place,
): { readonly moved: Local; readonly found: Local; readonly valid: Local } {
  const { code } = emission;
  const index = access.index!;
  const wide = DTYPES[index.access.storage].bytes === 8;
  const unsigned = index.access.storage === "uint32" || index.access.storage === "uint64";
  readScalar(emission, index.access, wide ? "i64" : "i32", place);
  const value = code.keep(wide ? "i64" : "i32");
  code.get(value);
  code.op(wide ? (unsigned ? OP.f64ConvertI64U : OP.f64ConvertI64S) : unsigned ? OP.f64ConvertI32U : OP.f64ConvertI32S);
  const found = code.keep("f64");
  code.get(value);
  if (wide) code.i64(BigInt(index.bound));
  else code.i32(index.bound);
  code.op(wide ? OP.i64LtU : OP.i32LtU);
  const valid = code.keep("i32");
  code.get(value);
  if (wide) code.op(OP.i32WrapI64);
  const moved = code.keep("i32");
  return { moved, found, valid };
}
