import type { SignatureRow } from "./signature-row.ts";

const F = "bfloat16 float16 float32 float64";
const Q = "int8 uint8";

/**
 * Operators outside the standard that exported models use, from the documentation of ONNX Runtime's contributed operators.
 * SimplifiedLayerNormalization and the early LayerNormalization are written by its optimizer into the default domain.
 */
// biome-ignore format: a table
export const CONTRIB_SIGNATURES: readonly SignatureRow[] = [
  ["LayerNormalization", 1, "X: T; Scale: T; B?: T", "Y: T; Mean?: U; InvStdDev?: U", { T: F, U: F }, [["axis", "int", { default: -1 }], ["epsilon", "float", { default: 1e-5 }], ["stash_type", "int", { default: 1 }]]],
  ["SimplifiedLayerNormalization", 1, "X: T; scale: V", "Y: V; inv_std_var?: U", { T: F, U: F, V: F }, [["axis", "int", { default: -1 }], ["epsilon", "float", { default: 1e-5 }], ["stash_type", "int", { default: 1 }]]],
  ["com.microsoft.BiasGelu", 1, "A: T; B: T", "C: T", { T: F }, []],
  ["com.microsoft.FastGelu", 1, "X: T; bias?: T", "Y: T", { T: F }, []],
  ["com.microsoft.FusedMatMul", 1, "A: T; B: T", "Y: T", { T: F }, [["alpha", "float", { default: 1 }], ["transA", "int", { default: 0 }], ["transB", "int", { default: 0 }], ["transBatchA", "int", { default: 0 }], ["transBatchB", "int", { default: 0 }]]],
  ["com.microsoft.Gelu", 1, "X: T", "Y: T", { T: F }, []],
  ["com.microsoft.QGemm", 1, "A: TA; a_scale: T; a_zero_point: TA; B: TB; b_scale: T; b_zero_point: TB; C?: TC; y_scale?: T; y_zero_point?: TYZ", "Y: TY", { T: "float32", TA: Q, TB: Q, TC: "int32", TYZ: Q, TY: `${Q} float32` }, [["alpha", "float", { default: 1 }], ["transA", "int", { default: 0 }], ["transB", "int", { default: 0 }]]],
  ["com.microsoft.QLinearAdd", 1, "A: T; A_scale: float32; A_zero_point?: T; B: T; B_scale: float32; B_zero_point?: T; C_scale: float32; C_zero_point?: T", "C: T", { T: Q }, []],
  ["com.microsoft.QLinearMul", 1, "A: T; A_scale: float32; A_zero_point?: T; B: T; B_scale: float32; B_zero_point?: T; C_scale: float32; C_zero_point?: T", "C: T", { T: Q }, []],
  ["com.microsoft.QuickGelu", 1, "X: T", "Y: T", { T: F }, [["alpha", "float", { default: 1.702 }]]],
  ["com.microsoft.SkipLayerNormalization", 1, "input: T; skip: T; gamma: T; beta?: T; bias?: T", "output: T; mean?: U; inv_std_var?: U; input_skip_bias_sum?: T", { T: F, U: "float32" }, [["epsilon", "float", { default: 1e-5 }]]],
  ["com.microsoft.SkipSimplifiedLayerNormalization", 1, "input: T; skip: T; gamma: T; bias?: T", "output: T; mean?: U; inv_std_var?: U; input_skip_bias_sum?: T", { T: F, U: "float32" }, [["epsilon", "float", { default: 1e-5 }]]],
];
