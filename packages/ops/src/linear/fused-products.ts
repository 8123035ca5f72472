import type { Tensor } from "@rdu/tensor";
import { attributesWithout, evaluateAs } from "../compose.ts";
import { activated, namedParameter } from "../elementwise/fused-activation.ts";
import { mapBinary, mapUnary } from "../numeric/map.ts";
import { geluTanh } from "../numeric/special.ts";
import { operator } from "../operator.ts";
import { fusedMatMul, gemm, product, productDims } from "./matmul.ts";

export const fusedGemm = operator({
  name: "com.microsoft.FusedGemm",
  summary: "Gemm, then an activation",
  infer: gemm.infer,
  evaluate(c) {
    const own = ["activation", "activation_alpha", "activation_beta", "activation_gamma"];
    const y = evaluateAs(c, gemm, [c.tensor(0), c.tensor(1), c.optional(2)], attributesWithout(c, ...own));
    return [activated(c, y, namedParameter(c))];
  },
});

export const transposeMatMul = operator({
  ...fusedMatMul,
  name: "com.microsoft.TransposeMatMul",
  summary: "FusedMatMul under its old name",
});

export const fusedMatMulActivation = operator({
  name: "com.microsoft.FusedMatMulActivation",
  summary: "FusedMatMul, then an activation",
  infer: fusedMatMul.infer,
  evaluate(c) {
    const [y] = fusedMatMul.evaluate(c);
    return [activated(c, y as Tensor, namedParameter(c))];
  },
});

export const gemmFastGelu = operator({
  name: "com.microsoft.GemmFastGelu",
  summary: "a matrix product, then FastGelu",
  infer: (c) => [productDims(c, c.shape(0), c.shape(1))],
  evaluate(c) {
    const y = product(c.tensor(0), c.tensor(1), c.shape());
    const bias = c.optional(2);
    return [
      bias === undefined
        ? mapUnary(y, geluTanh)
        : mapBinary(y, bias, y.shape, y.dtype, (value, offset) => geluTanh(value + offset)),
    ];
  },
});
