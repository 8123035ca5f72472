import { fromBigints, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, int, type Sample, seed, text, texts } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const ACTIVATIONS = [
  "Sigmoid",
  "Tanh",
  "Relu",
  "HardSigmoid",
  "Softsign",
  "Elu",
  "Affine",
  "LeakyRelu",
  "ScaledTanh",
  "Softplus",
];

/** A recurrent node: gates per hidden unit, how many activations a direction has, how many states. */
function recurrent(op: string, gates: number, functions: number, states: number): fc.Arbitrary<Sample> {
  return fc
    .record({
      steps: fc.integer({ min: 1, max: 4 }),
      batch: fc.integer({ min: 1, max: 3 }),
      input: fc.integer({ min: 1, max: 3 }),
      hidden: fc.integer({ min: 1, max: 3 }),
      direction: fc.constantFrom("forward", "reverse", "bidirectional"),
      bias: fc.boolean(),
      lengths: fc.boolean(),
      initial: fc.boolean(),
      peephole: fc.boolean(),
      names: fc.array(fc.constantFrom(...ACTIVATIONS), { minLength: 2 * functions, maxLength: 2 * functions }),
      custom: fc.boolean(),
      clip: fc.boolean(),
      linear: fc.boolean(),
      coupled: fc.boolean(),
      batchFirst: fc.boolean(),
      s: seed,
    })
    .map(
      ({
        steps,
        batch,
        input,
        hidden,
        direction,
        bias,
        lengths,
        initial,
        peephole,
        names,
        custom,
        clip,
        linear,
        coupled,
        batchFirst,
        s,
      }): Sample => {
        const directions = direction === "bidirectional" ? 2 : 1;
        const make = (dims: readonly number[], i: number): Tensor => filled("float32", dims, s + i, "unit");
        const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
        const inputs: (Tensor | null)[] = [
          make(batchFirst ? [batch, steps, input] : [steps, batch, input], 0),
          make([directions, gates * hidden, input], 1),
          make([directions, gates * hidden, hidden], 2),
          bias ? make([directions, 2 * gates * hidden], 3) : null,
          lengths ? lengthsOf(batch, steps, s) : null,
          initial ? make(state, 5) : null,
        ];
        if (states === 2)
          inputs.push(initial ? make(state, 6) : null, peephole ? make([directions, 3 * hidden], 7) : null);
        return {
          op,
          opset: 22,
          inputs,
          outputs: 1 + states,
          attributes: {
            hidden_size: int(hidden),
            direction: text(direction),
            layout: int(batchFirst ? 1 : 0),
            ...(custom ? { activations: texts(names.slice(0, functions * directions)) } : {}),
            ...(clip ? { clip: float(0.5) } : {}),
            ...(op === "GRU" ? { linear_before_reset: int(linear ? 1 : 0) } : {}),
            ...(op === "LSTM" ? { input_forget: int(coupled ? 1 : 0) } : {}),
          },
        };
      },
    );
}

function lengthsOf(batch: number, steps: number, s: number): Tensor {
  return fromBigints(
    "int32",
    [batch],
    Array.from({ length: batch }, (_, n) => BigInt(1 + ((s + 7 * n) % steps))),
  );
}

const EQUATIONS = [
  "ij,jk->ik",
  "ij->ji",
  "ii->i",
  "ii",
  "bij,bjk->bik",
  "i,i->",
  "i,j->ij",
  "...ij,...jk->...ik",
  "ij,ij,ij->i",
  "ij",
];

const einsum: fc.Arbitrary<Sample> = fc
  .record({
    equation: fc.constantFrom(...EQUATIONS),
    n: fc.integer({ min: 1, max: 3 }),
    extra: fc.integer({ min: 0, max: 2 }),
    s: seed,
  })
  .map(({ equation, n, extra, s }): Sample => {
    const terms = (equation.split("->")[0] ?? "").split(",");
    const inputs = terms.map((term, i) => {
      const rank = term.replace("...", "").length + (term.includes("...") ? extra : 0);
      return filled("float32", new Array<number>(rank).fill(n), s + i);
    });
    return { op: "Einsum", inputs, attributes: { equation: text(equation) } };
  });

export const SEQUENCE_SAMPLES: Samples = {
  LSTM: recurrent("LSTM", 4, 3, 2),
  GRU: recurrent("GRU", 3, 2, 1),
  RNN: recurrent("RNN", 1, 1, 1),
  Einsum: einsum,
};
