import type { DType } from "@rdu/tensor";
import { hostFunction } from "../host-functions.ts";
import type { Code } from "../wasm/code.ts";
import { OP } from "../wasm/opcodes.ts";

/** Rounds the f32 on the stack to the nearest value of a narrower float, ties to even. */
export function roundScalar(code: Code, storage: DType) {
  if (storage === "float32") return;
  if (storage === "bfloat16") return roundBfloat16(code);
  if (storage === "float16") return roundFloat16(code);
  code.call(hostFunction(`round_${storage}`));
}

/** The upper half of the bits, one more when the lower half is above the middle, or at it and the upper half is odd. */
function roundBfloat16(code: Code): void {
  const value = code.keep("f32");
  code.get(value);
  code.op(OP.i32ReinterpretF32);
  const bits = code.keep("i32");
  code.i32(0x7fc00000);
  code.get(bits);
  code.i32(0x7fff);
  code.op(OP.i32Add);
  code.get(bits);
  code.i32(16);
  code.op(OP.i32ShrU);
  code.i32(1);
  code.op(OP.i32And);
  code.op(OP.i32Add);
  code.i32(0xffff0000 | 0);
  code.op(OP.i32And);
  code.get(value);
  code.get(value);
  code.op(OP.f32Ne);
  code.op(OP.select);
  code.op(OP.f32ReinterpretI32);
}

/**
 * With c = 2^13 times the power of two at or below |x| (that of the smallest normal float16 at least), |x| + c is rounded to a multiple of the
 * last place that float16 has there, so |x| + c - c is the value sought. From 65520 on it is infinity.
 */
function roundFloat16(code: Code): void {
  const value = code.keep("f32");
  code.get(value);
  code.op(OP.f32Abs);
  const magnitude = code.keep("f32");
  code.get(magnitude);
  code.op(OP.i32ReinterpretF32);
  code.i32(0x7f800000);
  code.op(OP.i32And);
  const exponent = code.keep("i32");
  code.get(exponent);
  code.i32(113 << 23);
  code.get(exponent);
  code.i32(113 << 23);
  code.op(OP.i32GtU);
  code.op(OP.select);
  code.i32(13 << 23);
  code.op(OP.i32Add);
  code.op(OP.f32ReinterpretI32);
  const anchor = code.keep("f32");
  code.f32(Number.POSITIVE_INFINITY);
  code.get(magnitude);
  code.get(anchor);
  code.op(OP.f32Add);
  code.get(anchor);
  code.op(OP.f32Sub);
  code.get(magnitude);
  code.f32(65520);
  code.op(OP.f32Ge);
  code.op(OP.select);
  code.op(OP.i32ReinterpretF32);
  code.get(value);
  code.op(OP.i32ReinterpretF32);
  code.i32(0x80000000 | 0);
  code.op(OP.i32And);
  code.op(OP.i32Or);
  code.op(OP.f32ReinterpretI32);
  const rounded = code.keep("f32");
  code.get(value);
  code.get(rounded);
  code.get(value);
  code.get(value);
  code.op(OP.f32Ne);
  code.op(OP.select);
}
