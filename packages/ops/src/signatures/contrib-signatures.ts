import type { SignatureRow } from "./signature-row.ts";

const F = "bfloat16 float16 float32 float64";
const N = "bfloat16 float16 float32";
const H = "float16 float32";
const Q = "int8 uint8";
const ANY =
  "bool complex128 complex64 float16 float32 float64 int16 int32 int64 int8 string uint16 uint32 uint64 uint8";

/**
 * Operators outside the standard that exported models use: names, types and defaults as the schemas of ONNX Runtime 1.32 give them.
 * SimplifiedLayerNormalization and the early LayerNormalization are written by its optimizer into the default domain.
 */
// biome-ignore format: a table
export const CONTRIB_SIGNATURES: readonly SignatureRow[] = [
  ["LayerNormalization", 1, "X: T; Scale: T; B?: T", "Y: T; Mean?: U; InvStdDev?: U", { T: F, U: F }, [["axis", "int", { default: -1 }], ["epsilon", "float", { default: 1e-5 }], ["stash_type", "int", { default: 1 }]]],
  ["SimplifiedLayerNormalization", 1, "X: T; scale: V", "Y: V; inv_std_var?: U", { T: F, U: F, V: F }, [["axis", "int", { default: -1 }], ["epsilon", "float", { default: 1e-5 }], ["stash_type", "int", { default: 1 }]]],
  ["com.microsoft.Attention", 1, "input: T; weights: T; bias?: T; mask_index?: M; past?: T; attention_bias?: T; past_sequence_length?: M", "output: T; present?: T", { T: N, M: "int32" }, [["do_rotary", "int"], ["mask_filter_value", "float"], ["num_heads", "int", "required"], ["past_present_share_buffer", "int"], ["qkv_hidden_sizes", "ints"], ["rotary_embedding_dim", "int"], ["scale", "float"], ["unidirectional", "int", { default: 0 }]]],
  ["com.microsoft.BiasAdd", 1, "X: T; bias: T; skip: T", "Y: T", { T: H }, []],
  ["com.microsoft.BiasGelu", 1, "A: T; B: T", "C: T", { T: F }, []],
  ["com.microsoft.BiasSplitGelu", 1, "X: T; bias: T", "Y: T", { T: H }, []],
  ["com.microsoft.DequantizeLinear", 1, "x: T1; x_scale: T2; x_zero_point?: T1", "y: T2", { T1: "int16 int32 int4 int8 uint16 uint4 uint8", T2: H }, [["axis", "int"]]],
  ["com.microsoft.EmbedLayerNormalization", 1, "input_ids: T1; segment_ids?: T1; word_embedding: T; position_embedding: T; segment_embedding?: T; gamma: T; beta: T; mask?: T1; position_ids?: T1", "output: T; mask_index?: T1; embedding_sum?: T", { T1: "int32", T: H }, [["epsilon", "float", { default: 1e-12 }], ["mask_index_type", "int"]]],
  ["com.microsoft.FastGelu", 1, "X: T; bias?: T", "Y: T", { T: F }, []],
  ["com.microsoft.FusedConv", 1, "X: T; W: T; B?: T; Z?: T", "Y: T", { T: "float16 float32 float64" }, [["activation", "string"], ["activation_params", "floats"], ["auto_pad", "string", { default: "NOTSET" }], ["dilations", "ints"], ["group", "int", { default: 1 }], ["kernel_shape", "ints"], ["pads", "ints"], ["strides", "ints"]]],
  ["com.microsoft.FusedGemm", 1, "A: T; B: T; C?: T", "Y: T", { T: "float16 float32 float64 int32 int64 uint32 uint64" }, [["activation", "string"], ["activation_alpha", "float"], ["activation_beta", "float"], ["activation_gamma", "float"], ["alpha", "float", { default: 1.0 }], ["beta", "float", { default: 1.0 }], ["transA", "int", { default: 0 }], ["transB", "int", { default: 0 }]]],
  ["com.microsoft.FusedMatMul", 1, "A: T; B: T", "Y: T", { T: F }, [["alpha", "float", { default: 1 }], ["transA", "int", { default: 0 }], ["transB", "int", { default: 0 }], ["transBatchA", "int", { default: 0 }], ["transBatchB", "int", { default: 0 }]]],
  ["com.microsoft.FusedMatMulActivation", 1, "A: T; B: T", "Y: T", { T: F }, [["activation", "string", "required"], ["activation_alpha", "float"], ["activation_axis", "int"], ["activation_beta", "float"], ["activation_gamma", "float"], ["alpha", "float", { default: 1.0 }], ["transA", "int", { default: 0 }], ["transB", "int", { default: 0 }], ["transBatchA", "int", { default: 0 }], ["transBatchB", "int", { default: 0 }]]],
  ["com.microsoft.GatherND", 1, "data: T; indices: Tind", "output: T", { T: ANY, Tind: "int32 int64" }, []],
  ["com.microsoft.Gelu", 1, "X: T", "Y: T", { T: F }, []],
  ["com.microsoft.GemmFastGelu", 1, "X: T; W: T; bias?: T", "Y: T", { T: N }, []],
  ["com.microsoft.GroupNorm", 1, "X: T; gamma: M; beta: M", "Y: T", { T: H, M: H }, [["activation", "int", "required"], ["channels_last", "int", { default: 1 }], ["epsilon", "float", { default: 1e-05 }], ["groups", "int", "required"]]],
  ["com.microsoft.GroupQueryAttention", 1, "query: T; key?: T; value?: T; past_key?: T_CACHE; past_value?: T_CACHE; seqlens_k: M; total_sequence_length: M; cos_cache?: T; sin_cache?: T; position_ids?: int64; attention_bias?: T; head_sink?: T; k_scale?: T_KV_SCALE; v_scale?: T_KV_SCALE; q_norm_weight?: T; k_norm_weight?: T; query_seqlens?: M", "output: T; present_key?: T_CACHE; present_value?: T_CACHE; output_qk?: T", { T: N, T_CACHE: "bfloat16 float16 float32 float8e4m3fn int8 uint8", T_KV_SCALE: "float32", M: "int32" }, [["causal", "int", { default: 1 }], ["do_rotary", "int"], ["k_norm_epsilon", "float"], ["k_quant_type", "string", { default: "NONE" }], ["kv_cache_bit_width", "int"], ["kv_num_heads", "int", "required"], ["local_window_size", "int", { default: -1 }], ["num_heads", "int", "required"], ["q_norm_epsilon", "float"], ["qk_norm_epsilon", "float", { default: 1e-06 }], ["qk_output", "int", { default: 0 }], ["rotary_interleaved", "int"], ["scale", "float"], ["sliding_window_cache", "int", { default: 0 }], ["smooth_softmax", "int", { default: -1 }], ["softcap", "float"], ["v_quant_type", "string", { default: "NONE" }]]],
  ["com.microsoft.MulInteger", 1, "A: T; A_zero_point?: T; B: T; B_zero_point?: T", "C: T1", { T: Q, T1: "int32" }, []],
  ["com.microsoft.MultiHeadAttention", 1, "query: T; key?: T; value?: T; bias?: T; key_padding_mask?: M; attention_bias?: T; past_key?: T; past_value?: T; past_sequence_length?: M; cache_indirection?: M", "output: T; present_key?: T; present_value?: T; qk?: QK", { T: N, QK: N, M: "int32" }, [["mask_filter_value", "float"], ["num_heads", "int", "required"], ["scale", "float"], ["unidirectional", "int", { default: 0 }]]],
  ["com.microsoft.NhwcConv", 1, "X: T; W: T; B?: T", "Y: T", { T: "float16 float32 float64" }, [["auto_pad", "string", { default: "NOTSET" }], ["dilations", "ints"], ["group", "int", { default: 1 }], ["kernel_shape", "ints"], ["pads", "ints"], ["strides", "ints"]]],
  ["com.microsoft.NhwcFusedConv", 1, "X: T; W: T; B?: T; Z?: T", "Y: T", { T: H }, [["activation", "string"], ["activation_params", "floats"], ["auto_pad", "string", { default: "NOTSET" }], ["dilations", "ints"], ["group", "int", { default: 1 }], ["kernel_shape", "ints"], ["pads", "ints"], ["strides", "ints"]]],
  ["com.microsoft.NhwcMaxPool", 1, "x: T", "y: T", { T: Q }, [["auto_pad", "string", { default: "NOTSET" }], ["ceil_mode", "int", { default: 0 }], ["dilations", "ints"], ["kernel_shape", "ints", "required"], ["pads", "ints"], ["strides", "ints"]]],
  ["com.microsoft.Pad", 1, "data: T; pads: int64; value?: T", "output: T", { T: "float16 float32 float64" }, [["mode", "string", { default: "constant" }]]],
  ["com.microsoft.QAttention", 1, "input: T1; weight: T2; bias: T3; input_scale: T3; weight_scale: T3; mask_index?: T4; input_zero_point?: T1; weight_zero_point?: T2; past?: T3", "output: T3; present?: T3", { T1: Q, T2: Q, T3: H, T4: "int32" }, [["do_rotary", "int"], ["mask_filter_value", "float"], ["num_heads", "int", "required"], ["past_present_share_buffer", "int"], ["scale", "float"], ["unidirectional", "int", { default: 0 }]]],
  ["com.microsoft.QEmbedLayerNormalization", 1, "input_ids: T1; segment_ids?: T1; word_embedding_quant: T2; position_embedding_quant: T2; segment_embedding?: T2; gamma_quant: T2; beta_quant: T2; mask?: T1; word_embedding_scale: T; position_embedding_scale: T; segment_embedding_scale?: T; gamma_scale: T; beta_scale: T; word_embedding_zero_point: T2; position_embedding_zero_point: T2; segment_embedding_zero_point?: T2; gamma_zero_point: T2; beta_zero_point: T2", "layernorm_out: T; mask_index_out: T1", { T1: "int32", T2: Q, T: "float32" }, [["epsilon", "float", { default: 1e-12 }]]],
  ["com.microsoft.QGemm", 1, "A: TA; a_scale: T; a_zero_point: TA; B: TB; b_scale: T; b_zero_point: TB; C?: TC; y_scale?: T; y_zero_point?: TYZ", "Y: TY", { T: "float32", TA: Q, TB: Q, TC: "int32", TYZ: Q, TY: `${Q} float32` }, [["alpha", "float", { default: 1 }], ["transA", "int", { default: 0 }], ["transB", "int", { default: 0 }]]],
  ["com.microsoft.QLinearAdd", 1, "A: T; A_scale: float32; A_zero_point?: T; B: T; B_scale: float32; B_zero_point?: T; C_scale: float32; C_zero_point?: T", "C: T", { T: Q }, []],
  ["com.microsoft.QLinearAveragePool", 1, "X: T; x_scale: float32; x_zero_point?: T; y_scale: float32; y_zero_point?: T", "Y: T", { T: Q }, [["auto_pad", "string", { default: "NOTSET" }], ["ceil_mode", "int", { default: 0 }], ["channels_last", "int", { default: 0 }], ["count_include_pad", "int", { default: 0 }], ["kernel_shape", "ints", "required"], ["pads", "ints"], ["strides", "ints"]]],
  ["com.microsoft.QLinearConcat", 1, "Y_scale: TF; Y_zero_point: T8; inputs**: TV", "Y: T8", { T8: Q, TF: "float32", TV: "float32 int8 uint8" }, [["axis", "int", "required"]]],
  ["com.microsoft.QLinearConv", 1, "x: T1; x_scale: float32; x_zero_point: T1; w: T2; w_scale: float32; w_zero_point: T2; y_scale: float32; y_zero_point: T3; B?: T4", "y: T3", { T1: Q, T2: Q, T3: Q, T4: "int32" }, [["auto_pad", "string", { default: "NOTSET" }], ["channels_last", "int", { default: 0 }], ["dilations", "ints"], ["group", "int", { default: 1 }], ["kernel_shape", "ints"], ["pads", "ints"], ["strides", "ints"]]],
  ["com.microsoft.QLinearGlobalAveragePool", 1, "X: T; x_scale: float32; x_zero_point: T; y_scale: float32; y_zero_point: T", "Y: T", { T: Q }, [["channels_last", "int", { default: 0 }]]],
  ["com.microsoft.QLinearLeakyRelu", 1, "X: T; X_scale: float32; X_zero_point?: T; Y_scale: float32; Y_zero_point?: T", "Y: T", { T: Q }, [["alpha", "float", { default: 0.01 }]]],
  ["com.microsoft.QLinearMul", 1, "A: T; A_scale: float32; A_zero_point?: T; B: T; B_scale: float32; B_zero_point?: T; C_scale: float32; C_zero_point?: T", "C: T", { T: Q }, []],
  ["com.microsoft.QLinearReduceMean", 1, "data: T; data_scale: float32; data_zero_point?: T; reduced_scale: float32; reduced_zero_point?: T", "reduced: T", { T: Q }, [["axes", "ints", "required"], ["keepdims", "int", "required"]]],
  ["com.microsoft.QLinearSigmoid", 1, "X: T; X_scale: float32; X_zero_point?: T; Y_scale: float32; Y_zero_point?: T", "Y: T", { T: Q }, []],
  ["com.microsoft.QLinearSoftmax", 1, "X: T; X_scale: float32; x_zero_point?: T; y_scale: float32; y_zero_point: T", "Y: T", { T: Q }, [["axis", "int", { default: -1 }], ["opset", "int", "required"]]],
  ["com.microsoft.QLinearWhere", 1, "condition: B; X: T; x_scale: TF; x_zero_point: T; Y: T; y_scale: TF; y_zero_point: T; z_scale: TF; z_zero_point: T", "Z: T", { B: "bool", TF: "float32", T: Q }, []],
  ["com.microsoft.QuantizeLinear", 1, "x: T1; y_scale: T1; y_zero_point?: T2", "y: T2", { T1: H, T2: "int16 int4 int8 uint16 uint4 uint8" }, [["axis", "int"]]],
  ["com.microsoft.QuickGelu", 1, "X: T", "Y: T", { T: F }, [["alpha", "float", { default: 1.702 }]]],
  ["com.microsoft.Range", 1, "start: T; limit: T; delta?: T", "Y: T", { T: "float32 float64 int16 int32 int64" }, []],
  ["com.microsoft.RotaryEmbedding", 1, "input: T; position_ids: M; cos_cache: T; sin_cache: T", "output: T", { T: N, M: "int64" }, [["interleaved", "int"], ["is_packed_batching", "int"], ["num_heads", "int"], ["rotary_embedding_dim", "int"], ["scale", "float"]]],
  ["com.microsoft.SkipGroupNorm", 1, "X: T; gamma: M; beta: M; skip: T; bias?: T", "Y: T; S?: T", { T: H, M: H }, [["activation", "int", "required"], ["channels_last", "int", { default: 1 }], ["epsilon", "float", { default: 1e-05 }], ["groups", "int", "required"]]],
  ["com.microsoft.SkipLayerNormalization", 1, "input: T; skip: T; gamma: T; beta?: T; bias?: T", "output: T; mean?: U; inv_std_var?: U; input_skip_bias_sum?: T", { T: F, U: "float32" }, [["epsilon", "float", { default: 1e-5 }]]],
  ["com.microsoft.SkipSimplifiedLayerNormalization", 1, "input: T; skip: T; gamma: T; bias?: T", "output: T; mean?: U; inv_std_var?: U; input_skip_bias_sum?: T", { T: F, U: "float32" }, [["epsilon", "float", { default: 1e-5 }]]],
  ["com.microsoft.TransposeMatMul", 1, "A: T; B: T", "Y: T", { T: F }, [["alpha", "float", { default: 1.0 }], ["transA", "int", { default: 0 }], ["transB", "int", { default: 0 }]]],
  ["com.microsoft.Trilu", 1, "X: T; k?: int64", "Y: T", { T: "bfloat16 bool float16 float32 float64 int16 int32 int64 int8 uint16 uint32 uint64 uint8" }, [["upper", "int", { default: 1 }]]],
];
