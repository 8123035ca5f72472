import { elementAt, invariant } from "@rdu/diagnostics";
import { floatAttribute, graphAttribute, hasAttribute, intAttribute, staticShape, type ValueId } from "@rdu/ir";
import { DTYPES, type DType, dtypeOfOnnx, fromNumbers } from "@rdu/tensor";
import { type Expander, nameOf } from "./surroundings.ts";

/**
 * Attention whose scores or weights go through subgraphs: products of queries and keys, both times the root of the scale; the subgraph on the
 * scores; softmax; the subgraph on the weights; products with the values. Without subgraphs the operator has a form of its own.
 */
export const flexAttention: Expander = (node, { graph }, expansion) => {
  if (!hasAttribute(node, "score_mod") && !hasAttribute(node, "prob_mod")) return "it has no subgraphs";
  const [query, key, value] = node.inputs;
  if (query == null || key == null || value == null) return "it lacks an operand";
  const [q, k, v] = [query, key, value].map((id) => staticShape(graph.types.get(id)));
  const type = graph.types.get(query);
  if (q === undefined || k === undefined || v === undefined || type?.kind !== "tensor")
    return "the shapes of its operands are known only at run time";
  const name = nameOf(node);
  const { dtype } = type;
  const precision: DType =
    dtypeOfOnnx(intAttribute(node, "softmax_precision", 0)) ?? (dtype === "float64" ? "float64" : "float32");
  const made = (op: string, inputs: readonly ValueId[], as: string, attributes = {}): ValueId =>
    expansion.operator(op, inputs, expansion.fresh(`${name}.${as}`), attributes);
  const cast = (id: ValueId, to: DType, as: string): ValueId =>
    made("Cast", [id], as, { to: { kind: "int", value: BigInt(DTYPES[to].onnx) } });
  const grouped = (id: ValueId, shape: readonly number[], as: string): ValueId => {
    const [batch = 1, heads = 1, steps = 1, size = 1] = shape;
    const members = elementAt(q, 1) / heads;
    if (members === 1) return id;
    const apart = expansion.reshaped(id, [batch, heads, 1, steps, size], `${name}.${as}.apart`);
    const all = expansion.integers(`${name}.${as}.all`, [batch, heads, members, steps, size]);
    const repeated = made("Expand", [apart, all], `${as}.repeated`);
    return expansion.reshaped(repeated, [batch, heads * members, steps, size], `${name}.${as}.heads`);
  };
  const modified = (attribute: string, id: ValueId): ValueId => {
    if (!hasAttribute(node, attribute)) return id;
    const [result] = expansion.inline(graphAttribute(node, attribute), [id], `${name}.${attribute}.`);
    invariant(result !== undefined, () => `${attribute} of ${name} gives nothing`);
    return result;
  };
  const scale = hasAttribute(node, "scale") ? floatAttribute(node, "scale") : 1 / Math.sqrt(elementAt(q, 3));
  const root = expansion.constant(`${name}.root`, fromNumbers(dtype, [], [Math.sqrt(scale)]));
  const queries = made("Mul", [query, root], "queries");
  const keys = made("Mul", [grouped(key, k, "keys"), root], "keys.scaled");
  const columns = made("Transpose", [keys], "columns", { perm: { kind: "ints", value: [0n, 1n, 3n, 2n] } });
  const products = made("MatMul", [queries, columns], "products");
  const scores = modified("score_mod", cast(products, precision, "scores"));
  const weights = modified("prob_mod", made("Softmax", [scores], "weights", { axis: { kind: "int", value: -1n } }));
  const values = cast(grouped(value, v, "values"), precision, "values.wide");
  return [cast(made("MatMul", [weights, values], "sums"), dtype, "result")];
};
