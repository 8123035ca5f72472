import type { TensorType } from "@rdu/ir";
import { type DType, dtypeOfOnnx, elementCount, type Tensor, tensor } from "@rdu/tensor";
import { normalGenerator, uniformGenerator } from "../numeric/generator.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, type Operator, operator } from "../operator.ts";
import { randomSeed } from "./seed.ts";

function declaredType(c: Pick<InferContext, "attributes" | "reject">, fallback: DType): DType {
  if (!c.attributes.has("dtype")) return fallback;
  return dtypeOfOnnx(c.attributes.int("dtype")) ?? c.reject("dtype is no element type", "E0305");
}

function drawn(c: EvaluateContext, normal: boolean, dtype: DType, shape: readonly number[]): Tensor {
  const draw = normal ? normalGenerator(randomSeed(c.node)) : uniformGenerator(randomSeed(c.node));
  const [offset, scale] = normal
    ? [c.attributes.float("mean"), c.attributes.float("scale")]
    : [c.attributes.float("low"), c.attributes.float("high") - c.attributes.float("low")];
  return tensorOf(
    dtype,
    shape,
    Float64Array.from({ length: elementCount(shape) }, () => offset + scale * draw()),
  );
}

function source(name: string, summary: string, normal: boolean): Operator {
  return operator({
    name,
    summary,
    random: true,
    infer: (c): readonly TensorType[] => [
      { kind: "tensor", dtype: declaredType(c, "float32"), shape: c.attributes.ints("shape") },
    ],
    evaluate: (c) => [drawn(c, normal, declaredType(c, "float32"), c.attributes.ints("shape"))],
  });
}

function sourceLike(name: string, summary: string, normal: boolean): Operator {
  return operator({
    name,
    summary,
    random: true,
    infer: (c): readonly TensorType[] => [{ kind: "tensor", dtype: declaredType(c, c.dtype(0)), shape: c.shape(0) }],
    evaluate: (c) => [drawn(c, normal, declaredType(c, c.tensor(0).dtype), c.tensor(0).shape)],
  });
}

export const randomNormal = source("RandomNormal", "normally distributed numbers", true);
export const randomUniform = source("RandomUniform", "uniformly distributed numbers", false);
export const randomNormalLike = sourceLike(
  "RandomNormalLike",
  "normally distributed numbers in the shape of the operand",
  true,
);
export const randomUniformLike = sourceLike(
  "RandomUniformLike",
  "uniformly distributed numbers in the shape of the operand",
  false,
);

export const bernoulli = operator({
  name: "Bernoulli",
  summary: "1 with the probability given, else 0",
  random: true,
  infer: (c): readonly TensorType[] => [{ kind: "tensor", dtype: declaredType(c, c.dtype(0)), shape: c.shape(0) }],
  evaluate(c) {
    const draw = uniformGenerator(randomSeed(c.node));
    const x = c.tensor(0);
    return [
      tensorOf(
        declaredType(c, x.dtype),
        x.shape,
        Float64Array.from(numbersOf(x), (p) => (draw() < p ? 1 : 0)),
      ),
    ];
  },
});

export const multinomial = operator({
  name: "Multinomial",
  summary: "classes drawn by unnormalised log-probabilities",
  random: true,
  infer: (c): readonly TensorType[] => [
    {
      kind: "tensor",
      dtype: declaredType(c, "int32"),
      shape: [c.shape(0)[0] ?? null, c.attributes.int("sample_size")],
    },
  ],
  evaluate(c) {
    const draw = uniformGenerator(randomSeed(c.node));
    const [batch, classes] = c.tensor(0).shape as [number, number];
    const logits = numbersOf(c.tensor(0));
    const samples = c.attributes.int("sample_size");
    const result = new Float64Array(batch * samples);
    for (let n = 0; n < batch; n += 1) {
      const weights = Array.from({ length: classes }, (_, k) => Math.exp(logits[n * classes + k]!));
      const total = weights.reduce((a, b) => a + b, 0);
      for (let s = 0; s < samples; s += 1) {
        let left = draw() * total;
        let k = 0;
        while (k < classes - 1 && left >= weights[k]!) left -= weights[k++]!;
        result[n * samples + s] = k;
      }
    }
    return [tensorOf(declaredType(c, "int32"), [batch, samples], result)];
  },
});

/** Zeroes elements while training and scales the rest up; otherwise passes them on. */
export const dropout = operator({
  name: "Dropout",
  summary: "elements zeroed at random while training, else the operand itself",
  infer(c) {
    const { shape } = c.type(0) as TensorType;
    const mask: DType = c.version >= 10 ? "bool" : c.dtype(0);
    return [shape, { kind: "tensor", dtype: mask, shape }];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const ratio = c.version >= 12 ? (c.has(1) ? numbersOf(c.tensor(1))[0]! : 0.5) : c.attributes.float("ratio");
    const training =
      c.version >= 12
        ? c.has(2) && numbersOf(c.tensor(2))[0] !== 0
        : c.version < 7 && c.attributes.int("is_test") === 0;
    const draw = uniformGenerator(randomSeed(c.node));
    const kept = Uint8Array.from({ length: elementCount(x.shape) }, () =>
      !training || ratio === 0 || draw() >= ratio ? 1 : 0,
    );
    const scale = training && ratio > 0 ? 1 / (1 - ratio) : 1;
    const y =
      training && ratio > 0
        ? tensorOf(
            x.dtype,
            x.shape,
            Float64Array.from(numbersOf(x), (value, i) => value * kept[i]! * scale),
          )
        : x;
    const mask = c.version >= 10 ? tensor("bool", x.shape, kept) : tensorOf(x.dtype, x.shape, kept);
    return [y, mask];
  },
});
