import type { LaneType } from "@rdu/arithmetic";
import { DTYPES } from "@rdu/tensor";
import type { Access } from "../kernel.ts";
import type { Local } from "../wasm/code.ts";
import { OP, V } from "../wasm/opcodes.ts";
import { canLoadFour, loadFour, splatScalar, storeFour } from "./element.ts";
import type { Emission } from "./emission.ts";
import { boundParameter } from "./form-table.ts";
import { moved, type Place, pushAddress, pushForm } from "./place.ts";
import { pushElement, pushGuards, readScalar, withIndex, writeScalar } from "./scalar-access.ts";
import { extractLane, pushVectorImmediate } from "./vector-arithmetic.ts";

/**
 * Leaves four elements, at iterations 0 .. 3 of dim `lane` from a place, on the stack. Guarded elements are read all the same and replaced
 * after: see `reserveSlack`. `lanes`: how many of the four are read when they do not lie together.
 */
export function readVector(emission: Emission, access: Access, type: LaneType, place: Place, lane: number, lanes = 4) {
  const { code } = emission;
  const stride = access.address.strides[lane]!;
  const varying = access.guards.some(({ form }) => form.strides[lane] !== 0);
  if (access.index !== undefined || (stride === 0 && !varying)) {
    if (stride === 0) {
      readScalar(emission, access, type, place);
      return splatScalar(code, type);
    }
    if (stride === 1 && !varying && canLoadFour(access.storage)) return readRow(emission, access, type, place);
    return readByLane(emission, access, type, place, lane, lanes);
  }
  const unguarded: Access = { ...access, guards: [] };
  if (stride === 0) {
    readScalar(emission, unguarded, type, place);
    splatScalar(code, type);
  } else if (stride !== 1 || !loadFour(code, access.storage, () => addressAt(emission, access, place))) {
    readByLane(emission, unguarded, type, place, lane, lanes);
  }
  if (access.guards.length === 0) return;
  const value = code.keep("v128");
  const fill = (): void => pushVectorImmediate(code, { type, value: access.fill });
  if (varying) {
    code.get(value);
    fill();
    pushMask(emission, access, place, lane);
    code.simd(V.bitselect);
    code.set(value);
  }
  code.get(value);
  if (access.guards.every(({ form }) => form.strides[lane] !== 0)) return;
  fill();
  pushGuards(emission, access, place, lane);
  code.op(OP.select);
}

/** Writes four lanes, each to its own element. `lanes`: how many of them. */
export function writeVector(
  emission: Emission,
  access: Access,
  type: LaneType,
  place: Place,
  lane: number,
  value: Local,
  lanes = 4,
) {
  const { code } = emission;
  const varying = access.guards.some(({ form }) => form.strides[lane] !== 0);
  const store = (): void => {
    if (!varying && lanes === 4 && access.address.strides[lane] === 1) {
      const stored = storeFour(
        code,
        access.storage,
        () => addressAt(emission, access, place),
        () => code.get(value),
      );
      if (stored) return;
    }
    for (let index = 0; index < lanes; index += 1) {
      const at = moved(place, lane, index);
      const only: Access = { ...access, guards: access.guards.filter(({ form }) => form.strides[lane] !== 0) };
      if (DTYPES[access.storage].bytes === 4 && only.guards.length === 0) {
        const offset = addressAt(emission, access, at);
        code.get(value);
        code.laneMemory(V.store32Lane, offset, index);
        continue;
      }
      writeScalar(emission, only, at, () => {
        code.get(value);
        extractLane(code, type, index);
      });
    }
  };
  if (pushGuards(emission, access, place, lane)) code.if(store);
  else store();
}

/** Four neighbours in a row that an index chooses. */
function readRow(emission: Emission, access: Access, type: LaneType, place: Place) {
  const { code } = emission;
  const fill = (): void => pushVectorImmediate(code, { type, value: access.fill });
  const load = (moved: Local): void => {
    loadFour(code, access.storage, () => pushElement(emission, access, place, moved));
  };
  const indexed = (): void => withIndex(emission, access, place, load, fill, "v128");
  if (pushGuards(emission, access, place)) code.if(indexed, fill, "v128");
  else indexed();
}

function addressAt({ code, forms }: Emission, access: Access, place: Place): number {
  return pushAddress(code, forms, forms.address(access), place);
}

function readByLane(emission: Emission, access: Access, type: LaneType, place: Place, lane: number, lanes: number) {
  const { code } = emission;
  const simple = access.guards.length === 0 && access.index === undefined;
  const float = type === "f32";
  const first = (): void => {
    readScalar(emission, access, type, place);
    splatScalar(code, type);
  };
  if (simple && DTYPES[access.storage].bytes === 4) {
    const offset = addressAt(emission, access, place);
    code.vectorMemory(lanes === 1 ? V.load32Splat : V.load32Zero, offset);
    for (let index = 1; index < lanes; index += 1) {
      const value = code.keep("v128");
      const next = addressAt(emission, access, moved(place, lane, index));
      code.get(value);
      code.laneMemory(V.load32Lane, next, index);
    }
    return;
  }
  first();
  for (let index = 1; index < lanes; index += 1) {
    readScalar(emission, access, type, moved(place, lane, index));
    if (type === "bool") {
      const bit = code.keep("i32");
      code.i32(0);
      code.get(bit);
      code.op(OP.i32Sub);
    }
    code.lane(float ? V.f32x4ReplaceLane : V.i32x4ReplaceLane, index);
  }
}

/** The lanes in which the guards that depend on `lane` hold. */
function pushMask({ code, forms }: Emission, access: Access, place: Place, lane: number): void {
  let pushed = false;
  for (const { form, bound } of access.guards) {
    const stride = form.strides[lane]!;
    if (stride === 0) continue;
    const value = forms.value(form);
    pushForm(code, forms, value, place);
    code.simd(V.i32x4Splat);
    code.v128(Int32Array.of(0, stride, 2 * stride, 3 * stride));
    code.simd(V.i32x4Add);
    code.get(boundParameter(forms, value, bound));
    code.simd(V.i32x4Splat);
    code.simd(V.i32x4LtU);
    if (pushed) code.simd(V.and);
    pushed = true;
  }
}

/** Whether four neighbouring elements of an access along `lane` may be taken at once: its index, if any, is the same for all. */
export function isVectorAccess(access: Access, lane: number): boolean {
  if (DTYPES[access.storage].bytes > 4) return false;
  return access.index === undefined || access.index.access.address.strides[lane] === 0;
}
