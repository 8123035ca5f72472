import type { DType } from "@rdu/tensor";
import type { Code } from "../wasm/code.ts";
import { V } from "../wasm/opcodes.ts";
import type { Push } from "./scalar-arithmetic.ts";

/** As roundScalar, on four lanes. Emits nothing and gives false for types that have no vector form. */
export function roundVector(code: Code, storage: DType, push: Push): boolean {
  switch (storage) {
    case "float32":
      push(0);
      return true;
    case "bfloat16":
      push(0);
      roundBfloat16(code);
      return true;
    case "float16":
      push(0);
      roundFloat16(code);
      return true;
    default:
      return false;
  }
}

function splat(code: Code, bits: number): void {
  code.v128(Int32Array.of(bits, bits, bits, bits));
}

function roundBfloat16(code: Code): void {
  const value = code.keep("v128");
  code.get(value);
  splat(code, 0x7fff);
  code.simd(V.i32x4Add);
  code.get(value);
  code.i32(16);
  code.simd(V.i32x4ShrU);
  splat(code, 1);
  code.simd(V.and);
  code.simd(V.i32x4Add);
  splat(code, 0xffff0000 | 0);
  code.simd(V.and);
  splat(code, 0x7fc00000);
  code.get(value);
  code.get(value);
  code.simd(V.f32x4Eq);
  code.simd(V.bitselect);
}

function roundFloat16(code: Code): void {
  const value = code.keep("v128");
  code.get(value);
  code.simd(V.f32x4Abs);
  const magnitude = code.keep("v128");
  code.get(magnitude);
  splat(code, 0x7f800000);
  code.simd(V.and);
  splat(code, 113 << 23);
  code.simd(V.i32x4MaxU);
  splat(code, 13 << 23);
  code.simd(V.i32x4Add);
  const anchor = code.keep("v128");
  splat(code, 0x7f800000);
  code.get(magnitude);
  code.get(anchor);
  code.simd(V.f32x4Add);
  code.get(anchor);
  code.simd(V.f32x4Sub);
  code.get(magnitude);
  code.v128(Float32Array.of(65520, 65520, 65520, 65520));
  code.simd(V.f32x4Ge);
  code.simd(V.bitselect);
  code.get(value);
  splat(code, 0x80000000 | 0);
  code.simd(V.and);
  code.simd(V.or);
  const rounded = code.keep("v128");
  code.get(rounded);
  code.get(value);
  code.get(value);
  code.get(value);
  code.simd(V.f32x4Eq);
  code.simd(V.bitselect);
}
