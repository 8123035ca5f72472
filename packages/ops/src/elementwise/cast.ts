import type { TensorType } from "@rdu/ir";
import {
  arrayOf,
  cast,
  DTYPES,
  type DType,
  dtypeOfOnnx,
  type SmallFloatOptions,
  type Tensor,
  tensor,
} from "@rdu/tensor";
import type { Attributes } from "../attributes.ts";
import { type InferContext, operator } from "../operator.ts";

/** `saturate` is about 8-bit floats only. */
function options(attributes: Attributes, to: DType): SmallFloatOptions {
  const mode = attributes.string("round_mode", "up");
  return {
    ...(DTYPES[to].bits === 8 ? { saturate: attributes.int("saturate", 1) !== 0 } : {}),
    roundMode: mode === "down" || mode === "nearest" ? mode : "up",
  };
}

/** The element type that attribute `name` gives by its TensorProto code, or by name before Cast-6. */
function targetOf(context: Pick<InferContext, "attributes" | "version" | "reject" | "node">, name: string): DType {
  if (context.node.op === "Cast" && context.version < 6) {
    const text = context.attributes.string(name).toLowerCase();
    const known = { float: "float32", double: "float64" }[text] ?? text;
    return known in DTYPES ? (known as DType) : context.reject(`${text} is no element type`, "E0305");
  }
  const code = context.attributes.int(name);
  return dtypeOfOnnx(code) ?? context.reject(`${name} is ${code}, which is no element type`, "E0305");
}

function typed(context: InferContext, dtype: DType): readonly TensorType[] {
  const type = context.type(0);
  return [{ kind: "tensor", dtype, shape: type.kind === "tensor" ? type.shape : context.shape(0) }];
}

export const castOperator = operator({
  name: "Cast",
  summary: "the same values in another element type",
  infer: (c) => typed(c, targetOf(c, "to")),
  evaluate: (c) => [cast(c.tensor(0), targetOf(c, "to"), options(c.attributes, targetOf(c, "to")))],
});

export const castLike = operator({
  name: "CastLike",
  summary: "the same values in the element type of the second operand",
  infer: (c) => typed(c, c.dtype(1)),
  evaluate: (c) => [cast(c.tensor(0), c.tensor(1).dtype, options(c.attributes, c.tensor(1).dtype))],
});

export const bitCast = operator({
  name: "BitCast",
  summary: "the same bits under another element type of equal width",
  infer: (c) => typed(c, targetOf(c, "to")),
  evaluate(c) {
    const to = targetOf(c, "to");
    const from = c.tensor(0);
    if (DTYPES[to].bits !== DTYPES[from.dtype].bits) c.reject(`${from.dtype} and ${to} differ in width`, "E0305");
    return [reinterpreted(from, to)];
  },
});

/** Sub-byte types lie one a byte, signed ones sign-extended, so their bits are cut to width first. */
function reinterpreted(from: Tensor, to: DType): Tensor {
  const array = arrayOf(to);
  const { data } = from;
  if (array === undefined || Array.isArray(data)) return from;
  const { bits } = DTYPES[to];
  if (bits < 8) {
    const shift = 32 - bits;
    const signed = DTYPES[to].class === "int";
    const cut = Array.from(data as Uint8Array, (x) => (signed ? (x << shift) >> shift : (x << shift) >>> shift));
    return tensor(to, from.shape, signed ? Int8Array.from(cut) : Uint8Array.from(cut));
  }
  return tensor(to, from.shape, new array(data.slice().buffer as ArrayBuffer));
}
