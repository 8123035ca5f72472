import type { ValueId } from "@rdu/ir";
import { DTYPES, type DType, fromNumbers, isFloat } from "@rdu/tensor";
import { filled, int, ints, scalar } from "../operators/sample.ts";
import type { RandomDraw } from "../support/random-draw.ts";
import type { Candidate, GraphDraft } from "./graph-draft.ts";

/** Adds all but the last node of a block; undefined as soon as one is refused. */
function chain(
  draft: GraphDraft,
  first: Candidate,
  ...rest: readonly ((made: ValueId) => Candidate)[]
): Candidate | undefined {
  let candidate: Candidate | undefined = first;
  for (const next of rest) {
    if (candidate === undefined) return undefined;
    const made: ValueId | undefined = draft.add(candidate)?.[0];
    candidate = made === undefined ? undefined : next(made);
  }
  return candidate;
}

/** Scaled dot products of projections of one value, masked at times, as in a head of attention. */
export function attention(draft: GraphDraft, draw: RandomDraw, x: ValueId): Candidate | undefined {
  const { dtype, shape } = draft.tensor(x);
  const [length, width] = shape.slice(-2);
  if (!isFloat(dtype) || shape.length < 2 || !length || !width) return undefined;
  const size = draw.pick([1, 4, 8, 16]);
  const projected = (): ValueId | undefined => {
    const weight = draft.leaf(filled(dtype, [width, size], draw.bits(), "unit"), draw.nat(3) > 0);
    return draft.add({ op: "MatMul", inputs: [x, weight] })?.[0];
  };
  const [query, key, value] = [projected(), projected(), projected()];
  if (query === undefined || key === undefined || value === undefined) return undefined;
  const order = [...shape.keys()];
  const perm = ints([...order.slice(0, -2), order.length - 1, order.length - 2]);
  const [turned] = draft.add({ op: "Transpose", inputs: [key], attributes: { perm } }) ?? [];
  if (turned === undefined) return undefined;
  const hidden = Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e4 : 0));
  const mask = draft.leaf(fromNumbers(dtype, [length, length], hidden), draw.flip());
  const scale = draft.leaf(scalar(dtype, 1 / Math.sqrt(size)), true);
  return chain(
    draft,
    { op: "MatMul", inputs: [query, turned] },
    (scores) => ({ op: "Mul", inputs: [scores, scale] }),
    (scaled) => ({ op: draw.flip() ? "Add" : "Max", inputs: [scaled, mask] }),
    (masked) => ({ op: "Softmax", inputs: [masked], attributes: { axis: int(-1) } }),
    (weights) => ({ op: "MatMul", inputs: [weights, value] }),
  );
}

const QUANTISED: readonly DType[] = ["int8", "uint8", "int8", "uint8", "int16", "uint16", "int4", "uint4"];

/** A value quantised and back, a product of such values, or a product of integers with scales from the run. */
export function quantised(draft: GraphDraft, draw: RandomDraw, x: ValueId): Candidate | undefined {
  const { dtype, shape } = draft.tensor(x);
  const width = shape.at(-1);
  if (dtype !== "float32" || !width) return undefined;
  const constant = draw.nat(3) > 0;
  const there = (value: ValueId, to: DType): ValueId | undefined => {
    const scale = draft.leaf(filled("float32", [], draw.bits(), "positive"), constant);
    const zero = draft.leaf(filled(to, [], draw.bits(), "small"), constant);
    const [stored] = draft.add({ op: "QuantizeLinear", inputs: [value, scale, zero] }) ?? [];
    return stored === undefined ? undefined : draft.add({ op: "DequantizeLinear", inputs: [stored, scale, zero] })?.[0];
  };
  const columns = draw.pick([1, 8, 16, 20]);
  const weight = draft.leaf(filled("int8", [width, columns], draw.bits(), "special"), true);
  if (draw.nat(2) === 0) return dynamic(draft, x, weight);
  const around = there(x, draw.pick(QUANTISED));
  if (around === undefined) return undefined;
  if (draw.flip()) return { op: draw.pick(["Relu", "Neg", "Identity"]), inputs: [around] };
  const scales = draft.leaf(filled("float32", [columns], draw.bits(), "positive"), true);
  return chain(
    draft,
    { op: "DequantizeLinear", inputs: [weight, scales], attributes: { axis: int(1) } },
    (w) => ({ op: "MatMul", inputs: [around, w] }),
    (product) => ({ op: "Relu", inputs: [there(product, "int8") ?? product] }),
  );
}

function dynamic(draft: GraphDraft, x: ValueId, weight: ValueId): Candidate | undefined {
  const [stored, scale, zero] = draft.add({ op: "DynamicQuantizeLinear", inputs: [x], outputs: 3 }) ?? [];
  if (stored === undefined || scale === undefined || zero === undefined) return undefined;
  return chain(
    draft,
    { op: "MatMulInteger", inputs: [stored, weight, zero] },
    (product) => ({ op: "Cast", inputs: [product], attributes: { to: int(DTYPES.float32.onnx) } }),
    (whole) => ({ op: "Mul", inputs: [whole, scale] }),
  );
}
