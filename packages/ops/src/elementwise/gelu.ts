import { zeros } from "@rdu/tensor";
import { mapBinary } from "../numeric/map.ts";
import { gelu, geluTanh } from "../numeric/special.ts";
import { operator } from "../operator.ts";
import { likeFirst } from "../shapes.ts";

export const biasGelu = operator({
  name: "com.microsoft.BiasGelu",
  summary: "Gelu of a sum with a bias along the last axis",
  infer: likeFirst,
  evaluate(c) {
    const [x, bias] = [c.tensor(0), c.tensor(1)];
    return [mapBinary(x, bias, x.shape, x.dtype, (a, b) => gelu(a + b))];
  },
});

export const fastGelu = operator({
  name: "com.microsoft.FastGelu",
  summary: "the tanh approximation of Gelu, of a sum with a bias along the last axis if given",
  infer: likeFirst,
  evaluate(c) {
    const x = c.tensor(0);
    const bias = c.optional(1) ?? zeros(x.dtype, [1]);
    return [mapBinary(x, bias, x.shape, x.dtype, (a, b) => geluTanh(a + b))];
  },
});
