import type { Dim } from "@rdu/ir";
import { elementCount, rowMajorStrides, type Tensor, zeros } from "@rdu/tensor";
import { concatenate } from "../layout/layout.ts";
import { copyBox } from "../numeric/copy.ts";
import { mapBinary, mapUnary } from "../numeric/map.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { sigmoid } from "../numeric/special.ts";
import { type InferContext, operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";

const RULES = ["linear", "gated", "delta", "gated_delta"];

/** The way in which the state is updated, which says whether there must be decay and rates. */
function updateRule(c: Pick<InferContext, "attributes" | "has" | "reject">): string {
  const rule = c.attributes.string("update_rule");
  if (!RULES.includes(rule)) return c.reject(`the update rule "${rule}" is none of ${RULES.join(", ")}`, "E0303");
  if (rule.startsWith("gated") && !c.has(4)) return c.reject(`the update rule "${rule}" needs decay`, "E0304");
  if (rule.endsWith("delta") && !c.has(5)) return c.reject(`the update rule "${rule}" needs beta`, "E0304");
  return rule;
}

export const linearAttention = operator({
  name: "LinearAttention",
  summary: "attention through a recurrent matrix state, with decay and delta rule as asked",
  infer(c) {
    updateRule(c);
    const [q, k, v] = [expectRank(c, 0, 3), expectRank(c, 1, 3), expectRank(c, 2, 3)];
    const [queryHeads, heads] = [c.attributes.int("q_num_heads"), c.attributes.int("kv_num_heads")];
    const share = (width: Dim | undefined): Dim => (typeof width === "number" ? width / heads : null);
    const size = share(v[2]);
    const width = typeof size === "number" ? size * queryHeads : null;
    const state: readonly Dim[] = [q[0] as Dim, heads, share(k[2]), size];
    return [
      [q[0] as Dim, q[1] as Dim, width],
      { kind: "tensor", dtype: c.has(3) ? c.dtype(3) : c.dtype(0), shape: state },
    ];
  },
  evaluate(c) {
    const [query, key, value] = [c.tensor(0), c.tensor(1), c.tensor(2)];
    const [queryHeads, heads] = [c.attributes.int("q_num_heads"), c.attributes.int("kv_num_heads")];
    const [batch, steps] = query.shape as [number, number];
    const [dk, dv] = [key.shape[2]! / heads, value.shape[2]! / heads];
    const rule = updateRule(c);
    const scale = c.attributes.float("scale") || 1 / Math.sqrt(dk);
    const [q, k, v] = [numbersOf(query), numbersOf(key), numbersOf(value)];
    const decay = c.optional(4);
    const beta = c.optional(5);
    const [decays, betas] = [decay && numbersOf(decay), beta && numbersOf(beta)];
    const state = c.has(3) ? Float64Array.from(numbersOf(c.tensor(3))) : new Float64Array(batch * heads * dk * dv);
    const y = new Float64Array(batch * steps * queryHeads * dv);
    for (let b = 0; b < batch; b += 1)
      for (let h = 0; h < heads; h += 1)
        for (let t = 0; t < steps; t += 1) {
          const own = state.subarray((b * heads + h) * dk * dv, (b * heads + h + 1) * dk * dv);
          const step = b * steps + t;
          const [keyAt, valueAt] = [(step * heads + h) * dk, (step * heads + h) * dv];
          if (rule.startsWith("gated")) {
            const perKey = decay!.shape[2] !== heads;
            for (let i = 0; i < dk * dv; i += 1)
              own[i]! *= Math.exp(decays![perKey ? keyAt + Math.floor(i / dv) : step * heads + h]!);
          }
          const written = Float64Array.from({ length: dv }, (_, m) => v[valueAt + m]!);
          if (rule.endsWith("delta")) {
            const rate = betas![beta!.shape[2] === 1 ? step : step * heads + h]!;
            for (let m = 0; m < dv; m += 1) {
              let held = 0;
              for (let d = 0; d < dk; d += 1) held += own[d * dv + m]! * k[keyAt + d]!;
              written[m] = rate * (written[m]! - held);
            }
          }
          for (let d = 0; d < dk; d += 1)
            for (let m = 0; m < dv; m += 1) own[d * dv + m]! += k[keyAt + d]! * written[m]!;
          const group = queryHeads / heads;
          for (let g = h * group; g < (h + 1) * group; g += 1)
            for (let m = 0; m < dv; m += 1) {
              let sum = 0;
              for (let d = 0; d < dk; d += 1) sum += q[(step * queryHeads + g) * dk + d]! * own[d * dv + m]!;
              y[(step * queryHeads + g) * dv + m] = scale * sum;
            }
        }
    return [
      tensorOf(query.dtype, [batch, steps, queryHeads * dv], y),
      tensorOf((c.optional(3) ?? query).dtype, [batch, heads, dk, dv], state),
    ];
  },
});

export const causalConvWithState = operator({
  name: "CausalConvWithState",
  summary: "depthwise convolution over the past, which it carries from call to call",
  infer(c) {
    const [shape, kernel] = [expectRank(c, 0, 3), expectRank(c, 1, 3)[2]];
    return [shape, [shape[0] as Dim, shape[1] as Dim, typeof kernel === "number" ? kernel - 1 : null]];
  },
  evaluate(c) {
    const [x, w] = [c.tensor(0), c.tensor(1)];
    const [batch, channels, length] = x.shape as [number, number, number];
    const k = w.shape[2]!;
    const past = c.optional(3) ?? zeros(x.dtype, [batch, channels, k - 1]);
    const all = concatenate([past, x], 2, [batch, channels, length + k - 1]);
    const [values, weights] = [numbersOf(all), numbersOf(w)];
    const bias = c.has(2) ? numbersOf(c.tensor(2)) : undefined;
    const y = new Float64Array(elementCount(x.shape));
    for (let n = 0; n < y.length; n += 1) {
      const [row, t] = [Math.floor(n / length), n % length];
      const channel = row % channels;
      let sum = bias?.[channel] ?? 0;
      for (let i = 0; i < k; i += 1) sum += weights[channel * k + i]! * values[row * (length + k - 1) + t + i]!;
      y[n] = sum;
    }
    const plain = tensorOf(x.dtype, x.shape, y);
    const activated =
      c.attributes.string("activation") === "none" ? plain : mapUnary(plain, (value) => value * sigmoid(value));
    return [activated, lastSteps(all, k - 1)];
  },
});

function lastSteps(x: Tensor, count: number): Tensor {
  return copyBox(x, x.shape.with(2, count), rowMajorStrides(x.shape), x.shape[2]! - count);
}

export const swiGlu = operator({
  name: "SwiGLU",
  summary: "Swish of a gate times a value",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const alpha = c.attributes.float("alpha");
    const [gate, value] = [c.tensor(0), c.tensor(1)];
    return [mapBinary(gate, value, gate.shape, gate.dtype, (a, b) => a * sigmoid(alpha * a) * b)];
  },
});
