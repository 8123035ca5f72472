/** Types of WebAssembly values. */
// biome-ignore format: a table
export const TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type WasmType = keyof typeof TYPES;

/** Opcodes without immediates that kernels use. WebAssembly 2.0 core specification, section 5.4. */
// biome-ignore format: a table
export const OP = {
  else: 0x05, end: 0x0b, select: 0x1b,
  i32Eqz: 0x45, i32Eq: 0x46, i32Ne: 0x47, i32LtS: 0x48, i32LtU: 0x49, i32GtS: 0x4a, i32GtU: 0x4b, i32LeS: 0x4c, i32LeU: 0x4d, i32GeS: 0x4e, i32GeU: 0x4f,
  i64Eqz: 0x50, i64Eq: 0x51, i64Ne: 0x52, i64LtS: 0x53, i64LtU: 0x54, i64GtS: 0x55, i64GtU: 0x56, i64LeS: 0x57, i64LeU: 0x58, i64GeS: 0x59, i64GeU: 0x5a,
  f32Eq: 0x5b, f32Ne: 0x5c, f32Lt: 0x5d, f32Gt: 0x5e, f32Le: 0x5f, f32Ge: 0x60,
  f64Eq: 0x61, f64Ne: 0x62, f64Lt: 0x63, f64Gt: 0x64, f64Le: 0x65, f64Ge: 0x66,
  i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c, i32DivS: 0x6d, i32DivU: 0x6e, i32RemS: 0x6f, i32RemU: 0x70, i32And: 0x71, i32Or: 0x72, i32Xor: 0x73,
  i32Shl: 0x74, i32ShrS: 0x75, i32ShrU: 0x76,
  i64Add: 0x7c, i64Sub: 0x7d, i64Mul: 0x7e, i64DivS: 0x7f, i64DivU: 0x80, i64RemS: 0x81, i64RemU: 0x82, i64And: 0x83, i64Or: 0x84, i64Xor: 0x85,
  i64Shl: 0x86, i64ShrS: 0x87, i64ShrU: 0x88,
  f32Abs: 0x8b, f32Neg: 0x8c, f32Ceil: 0x8d, f32Floor: 0x8e, f32Trunc: 0x8f, f32Nearest: 0x90, f32Sqrt: 0x91, f32Add: 0x92, f32Sub: 0x93,
  f32Mul: 0x94, f32Div: 0x95, f32Min: 0x96, f32Max: 0x97,
  f64Abs: 0x99, f64Neg: 0x9a, f64Ceil: 0x9b, f64Floor: 0x9c, f64Trunc: 0x9d, f64Nearest: 0x9e, f64Sqrt: 0x9f, f64Add: 0xa0, f64Sub: 0xa1,
  f64Mul: 0xa2, f64Div: 0xa3, f64Min: 0xa4, f64Max: 0xa5,
  i32WrapI64: 0xa7, i64ExtendI32S: 0xac, i64ExtendI32U: 0xad,
  f32ConvertI32S: 0xb2, f32ConvertI32U: 0xb3, f32ConvertI64S: 0xb4, f32ConvertI64U: 0xb5, f32DemoteF64: 0xb6,
  f64ConvertI32S: 0xb7, f64ConvertI32U: 0xb8, f64ConvertI64S: 0xb9, f64ConvertI64U: 0xba, f64PromoteF32: 0xbb,
  i32ReinterpretF32: 0xbc, i64ReinterpretF64: 0xbd, f32ReinterpretI32: 0xbe, f64ReinterpretI64: 0xbf,
} as const;

/** Saturating truncation of floats to integers: sub-opcodes of prefix 0xfc. */
// biome-ignore format: a table
export const TRUNC = { i32F32S: 0, i32F32U: 1, i32F64S: 2, i32F64U: 3, i64F32S: 4, i64F32U: 5, i64F64S: 6, i64F64U: 7 } as const;

/** Scalar loads and stores; `align` is the exponent of the natural alignment, given as a hint only. */
// biome-ignore format: a table
export const MEMORY = {
  i32Load: 0x28, i64Load: 0x29, f32Load: 0x2a, f64Load: 0x2b, i32Load8S: 0x2c, i32Load8U: 0x2d, i32Load16S: 0x2e, i32Load16U: 0x2f,
  i32Store: 0x36, i64Store: 0x37, f32Store: 0x38, f64Store: 0x39, i32Store8: 0x3a, i32Store16: 0x3b,
} as const;

/** Vector opcodes: sub-opcodes of prefix 0xfd. */
// biome-ignore format: a table
export const V = {
  load: 0, load16x4S: 3, load16x4U: 4, load32Splat: 9, store: 11, const: 12, shuffle: 13,
  i32x4Splat: 17, f32x4Splat: 19,
  i32x4ExtractLane: 27, i32x4ReplaceLane: 28, f32x4ExtractLane: 31, f32x4ReplaceLane: 32,
  i32x4Eq: 55, i32x4Ne: 56, i32x4LtS: 57, i32x4LtU: 58, i32x4GtS: 59, i32x4GtU: 60, i32x4LeS: 61, i32x4LeU: 62, i32x4GeS: 63, i32x4GeU: 64,
  f32x4Eq: 65, f32x4Ne: 66, f32x4Lt: 67, f32x4Gt: 68, f32x4Le: 69, f32x4Ge: 70,
  not: 77, and: 78, andnot: 79, or: 80, xor: 81, bitselect: 82, anyTrue: 83,
  load32Lane: 86, store32Lane: 90, store64Lane: 91, load32Zero: 92,
  f32x4Ceil: 103, f32x4Floor: 104, f32x4Trunc: 105, f32x4Nearest: 106,
  i8x16NarrowI16x8S: 101, i8x16NarrowI16x8U: 102, i16x8NarrowI32x4S: 133, i16x8NarrowI32x4U: 134,
  i16x8ExtendLowI8x16S: 135, i16x8ExtendLowI8x16U: 137,
  i32x4Abs: 160, i32x4Neg: 161, i32x4AllTrue: 163, i32x4ExtendLowI16x8S: 167, i32x4ExtendLowI16x8U: 169,
  i32x4Shl: 171, i32x4ShrS: 172, i32x4ShrU: 173, i32x4Add: 174, i32x4Sub: 177, i32x4Mul: 181,
  i32x4MinS: 182, i32x4MinU: 183, i32x4MaxS: 184, i32x4MaxU: 185,
  f32x4Abs: 224, f32x4Neg: 225, f32x4Sqrt: 227, f32x4Add: 228, f32x4Sub: 229, f32x4Mul: 230, f32x4Div: 231, f32x4Min: 232, f32x4Max: 233,
  i32x4TruncSatF32x4S: 248, i32x4TruncSatF32x4U: 249, f32x4ConvertI32x4S: 250, f32x4ConvertI32x4U: 251,
} as const;
