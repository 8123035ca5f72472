/** One step of an exported form: operators it may be, whether it may be absent, whether its other operand must be a constant. */
export interface FormStep {
  readonly operators: readonly string[];
  readonly optional?: boolean;
  readonly withConstant?: boolean;
}

/** What a module or function of PyTorch is exported as: operators one behind the other. */
export type Form = readonly FormStep[];

const step = (...operators: readonly string[]): FormStep => ({ operators });
const bias: FormStep = { operators: ["Add"], optional: true, withConstant: true };
const one = (...operators: readonly string[]): readonly Form[] => [[step(...operators)]];

const PRODUCTS = ["MatMul", "com.microsoft.FusedMatMul"];
const CONVOLUTION: readonly Form[] = [[step("Conv"), bias]];

/** Names that rules written for PyTorch graphs use. Longer forms come before those that they begin with. */
const FORMS: Readonly<Record<string, readonly Form[]>> = {
  linear: [[step("Gemm")], [step(...PRODUCTS), bias]],
  matmul: one(...PRODUCTS),
  bmm: one("MatMul"),
  addmm: [[step("Gemm")], [step("MatMul"), { ...bias, optional: false }]],
  conv1d: CONVOLUTION,
  conv2d: CONVOLUTION,
  conv3d: CONVOLUTION,
  mean: one("ReduceMean"),
  sum: one("ReduceSum", "Sum"),
  rsub: one("Sub"),
  rsqrt: [[step("Sqrt"), step("Reciprocal")], ...one("Reciprocal", "Sqrt")],
  view: one("Reshape"),
  permute: one("Transpose"),
  getitem: one("Slice", "Gather", "Split"),
  cat: one("Concat"),
  silu: [[step("Sigmoid"), step("Mul")], ...one("Swish")],
  gelu: [
    [
      step("Div", "Mul"),
      step("Erf"),
      step("Add"),
      step("Mul"),
      { operators: ["Mul"], optional: true, withConstant: true },
    ],
    ...one("Gelu", "com.microsoft.Gelu", "com.microsoft.FastGelu"),
  ],
  masked_fill: one("Where"),
  triufill: one("Trilu"),
  to: one("Cast"),
  layer_norm: one("LayerNormalization"),
  rms_norm: one("RMSNormalization", "SimplifiedLayerNormalization"),
  batch_norm: one("BatchNormalization"),
  embedding: one("Gather"),
  max_pool2d: one("MaxPool"),
  avg_pool2d: one("AveragePool"),
  scaled_dot_product_attention: one("Attention", "com.microsoft.MultiHeadAttention"),
};

/** The forms of a rule's `op_type`: those above, or the ONNX operator of that name, in any case. */
export function formsOf(name: string): readonly Form[] {
  return [...(FORMS[name.toLowerCase()] ?? []), [step(name)]];
}

/** True when a step may be this operator. */
export function takes({ operators }: FormStep, op: string): boolean {
  return operators.some((name) => name.toLowerCase() === op.toLowerCase());
}
