import type { LaneType } from "@rdu/arithmetic";
import { DTYPES, type DType, isSmallFloat } from "@rdu/tensor";
import { hostFunction } from "../host-functions.ts";
import type { Code } from "../wasm/code.ts";
import { MEMORY, OP, V } from "../wasm/opcodes.ts";

/** Loads one element as a lane holds it; the address is on the stack. Bools are 0 or 1. */
export function loadElement(code: Code, storage: DType, offset: number) {
  switch (storage) {
    case "float32":
      return code.memory(MEMORY.f32Load, offset);
    case "float64":
      return code.memory(MEMORY.f64Load, offset);
    case "int64":
    case "uint64":
      return code.memory(MEMORY.i64Load, offset);
    case "int32":
    case "uint32":
      return code.memory(MEMORY.i32Load, offset);
    case "int16":
      return code.memory(MEMORY.i32Load16S, offset);
    case "uint16":
      return code.memory(MEMORY.i32Load16U, offset);
    case "int8":
    case "int4":
    case "int2":
      return code.memory(MEMORY.i32Load8S, offset);
    case "uint8":
    case "uint4":
    case "uint2":
    case "bool":
      return code.memory(MEMORY.i32Load8U, offset);
    case "bfloat16":
      code.memory(MEMORY.i32Load16U, offset);
      code.i32(16);
      code.op(OP.i32Shl);
      return code.op(OP.f32ReinterpretI32);
    default:
      code.memory(DTYPES[storage].bytes === 2 ? MEMORY.i32Load16U : MEMORY.i32Load8U, offset);
      return code.call(hostFunction(`decode_${storage}`));
  }
}

/** Stores an element; its address and its value are on the stack. The value is one of the storage type. */
export function storeElement(code: Code, storage: DType, offset: number) {
  switch (storage) {
    case "float32":
      return code.memory(MEMORY.f32Store, offset);
    case "float64":
      return code.memory(MEMORY.f64Store, offset);
    case "int64":
    case "uint64":
      return code.memory(MEMORY.i64Store, offset);
    case "bfloat16":
      code.op(OP.i32ReinterpretF32);
      code.i32(16);
      code.op(OP.i32ShrU);
      return code.memory(MEMORY.i32Store16, offset);
    default:
      if (isSmallFloat(storage)) code.call(hostFunction(`encode_${storage}`));
      return code.memory([0, MEMORY.i32Store8, MEMORY.i32Store16, 0, MEMORY.i32Store][DTYPES[storage].bytes]!, offset);
  }
}

/** Whether `loadFour` takes elements of a storage type. */
export function canLoadFour(storage: DType): boolean {
  return DTYPES[storage].bytes <= 4 && (!isSmallFloat(storage) || storage === "bfloat16" || storage === "float16");
}

/** Loads four neighbouring elements as 32-bit lanes (bools as masks), or emits nothing and gives false. `push` puts the address on the stack. */
export function loadFour(code: Code, storage: DType, push: () => number): boolean {
  switch (storage) {
    case "float32":
    case "int32":
    case "uint32":
      code.vectorMemory(V.load, push());
      return true;
    case "bfloat16":
      code.vectorMemory(V.load16x4U, push());
      code.i32(16);
      code.simd(V.i32x4Shl);
      return true;
    case "float16":
      code.vectorMemory(V.load16x4U, push());
      decodeFloat16(code);
      return true;
    case "int16":
      code.vectorMemory(V.load16x4S, push());
      return true;
    case "uint16":
      code.vectorMemory(V.load16x4U, push());
      return true;
    case "int8":
    case "int4":
    case "int2":
      code.vectorMemory(V.load32Zero, push());
      code.simd(V.i16x8ExtendLowI8x16S);
      code.simd(V.i32x4ExtendLowI16x8S);
      return true;
    case "uint8":
    case "uint4":
    case "uint2":
    case "bool":
      code.vectorMemory(V.load32Zero, push());
      code.simd(V.i16x8ExtendLowI8x16U);
      code.simd(V.i32x4ExtendLowI16x8U);
      if (storage === "bool") {
        code.v128(new Int32Array(4));
        code.simd(V.i32x4Ne);
      }
      return true;
    default:
      return false;
  }
}

/** Stores four lanes at neighbouring elements, or emits nothing and gives false. */
export function storeFour(code: Code, storage: DType, pushAddress: () => number, pushValue: () => void): boolean {
  switch (storage) {
    case "float32":
    case "int32":
    case "uint32": {
      const offset = pushAddress();
      pushValue();
      code.vectorMemory(V.store, offset);
      return true;
    }
    case "bfloat16":
    case "int16":
    case "uint16": {
      const offset = pushAddress();
      pushValue();
      if (storage === "bfloat16") {
        code.i32(16);
        code.simd(V.i32x4ShrU);
      }
      code.v128(new Int32Array(4));
      // bfloat16 bits and uint16 are 0 .. 65535, int16 within its range: nothing saturates.
      code.simd(storage === "int16" ? V.i16x8NarrowI32x4S : V.i16x8NarrowI32x4U);
      code.laneMemory(V.store64Lane, offset, 0);
      return true;
    }
    case "int8":
    case "int4":
    case "int2":
    case "uint8":
    case "uint4":
    case "uint2":
    case "bool": {
      const offset = pushAddress();
      pushValue();
      if (storage === "bool") {
        code.v128(Int32Array.of(1, 1, 1, 1));
        code.simd(V.and);
      }
      code.v128(new Int32Array(4));
      code.simd(V.i16x8NarrowI32x4S);
      code.v128(new Int32Array(4));
      code.simd(DTYPES[storage].class === "int" ? V.i8x16NarrowI16x8S : V.i8x16NarrowI16x8U);
      code.laneMemory(V.store32Lane, offset, 0);
      return true;
    }
    default:
      return false;
  }
}

/** Four times the scalar on the stack; a bool becomes a mask. */
export function splatScalar(code: Code, type: LaneType) {
  if (type === "f32") return code.simd(V.f32x4Splat);
  code.simd(V.i32x4Splat);
  if (type === "bool") code.simd(V.i32x4Neg);
}

/** float16 bits in 32-bit lanes to f32: exponent and mantissa moved into place and scaled, all-ones exponents kept such. */
function decodeFloat16(code: Code) {
  const bits = code.keep("v128");
  const splat = (value: number): void => code.v128(Int32Array.of(value, value, value, value));
  code.get(bits);
  splat(0x7fff);
  code.simd(V.and);
  code.i32(13);
  code.simd(V.i32x4Shl);
  const magnitude = code.keep("v128");
  code.get(magnitude);
  splat(0x7f800000);
  code.simd(V.or);
  code.get(magnitude);
  const scale = 2 ** 112;
  code.v128(Float32Array.of(scale, scale, scale, scale));
  code.simd(V.f32x4Mul);
  code.get(magnitude);
  splat(0x7c00 << 13);
  code.simd(V.i32x4GeU);
  code.simd(V.bitselect);
  code.get(bits);
  splat(0x8000);
  code.simd(V.and);
  code.i32(16);
  code.simd(V.i32x4Shl);
  code.simd(V.or);
}
