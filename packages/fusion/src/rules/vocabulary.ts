/** Names that rules written for PyTorch graphs use, and the ONNX operators that such a module or function is exported as. */
// biome-ignore format: a table
const EXPORTED_AS: Readonly<Record<string, readonly string[]>> = {
  linear:                       ["Gemm", "MatMul", "com.microsoft.FusedMatMul"],
  matmul:                       ["MatMul", "com.microsoft.FusedMatMul"],
  bmm:                          ["MatMul"],
  addmm:                        ["Gemm"],
  conv1d:                       ["Conv"],
  conv2d:                       ["Conv"],
  conv3d:                       ["Conv"],
  mean:                         ["ReduceMean"],
  sum:                          ["ReduceSum", "Sum"],
  rsub:                         ["Sub"],
  rsqrt:                        ["Reciprocal", "Sqrt"],
  view:                         ["Reshape"],
  unsqueeze:                    ["Unsqueeze"],
  permute:                      ["Transpose"],
  getitem:                      ["Slice", "Gather", "Split"],
  cat:                          ["Concat"],
  silu:                         ["Sigmoid", "Swish"],
  gelu:                         ["Gelu", "com.microsoft.Gelu", "com.microsoft.FastGelu", "Erf"],
  masked_fill:                  ["Where"],
  triufill:                     ["Trilu"],
  to:                           ["Cast"],
  layer_norm:                   ["LayerNormalization"],
  rms_norm:                     ["RMSNormalization", "SimplifiedLayerNormalization"],
  batch_norm:                   ["BatchNormalization"],
  embedding:                    ["Gather"],
  max_pool2d:                   ["MaxPool"],
  avg_pool2d:                   ["AveragePool"],
  scaled_dot_product_attention: ["Attention", "com.microsoft.MultiHeadAttention"],
};

/** True when a rule's `op_type` names this ONNX operator: by a name above, or by the operator's own, in any case. */
export function namesOperator(name: string, op: string): boolean {
  return (
    name === op || name.toLowerCase() === op.toLowerCase() || (EXPORTED_AS[name.toLowerCase()]?.includes(op) ?? false)
  );
}
