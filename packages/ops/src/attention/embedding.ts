import type { Dim, TensorType } from "@rdu/ir";
import { isFloat, type Tensor } from "@rdu/tensor";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";

/** Where the tables, ids and weights of an embedding are among the inputs. */
interface Places {
  readonly word: number;
  readonly segment: number;
  readonly mask: number;
  readonly positions?: number;
}

function infer(c: InferContext, { word }: Places): readonly TensorType[] {
  const [batch, rows] = expectRank(c, 0, 2) as [Dim, Dim];
  const width = expectRank(c, word, 2)[1] as Dim;
  const dtype = isFloat(c.dtype(word)) ? c.dtype(word) : "float32";
  const y = { kind: "tensor", dtype, shape: [batch, rows, width] } as const;
  return [y, { kind: "tensor", dtype: c.dtype(0), shape: [batch] }, y];
}

interface Tables {
  readonly word: ArrayLike<number>;
  readonly position: ArrayLike<number>;
  readonly segment: ArrayLike<number> | undefined;
  readonly gamma: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
}

/** Embeddings of word, position and segment summed, then layer normalisation; and how many words of each sentence the mask counts. */
function embedded(c: EvaluateContext, tables: Tables, places: Places): readonly Tensor[] {
  const ids = c.tensor(0);
  const [batch, rows] = ids.shape as [number, number];
  const width = tables.gamma.length;
  const [words, segments] = [numbersOf(ids), c.has(places.segment) ? numbersOf(c.tensor(places.segment)) : undefined];
  const given = places.positions === undefined ? undefined : c.optional(places.positions);
  const positions = given === undefined ? undefined : numbersOf(given);
  const sums = new Float64Array(batch * rows * width);
  const add = (table: ArrayLike<number>, id: number, row: number): void => {
    const rows = table.length / width;
    if (id < 0 || id >= rows) c.reject(`row ${id} of ${rows}`, "E0307");
    const from = id * width;
    for (let d = 0; d < width; d += 1) sums[row * width + d]! += table[from + d]!;
  };
  for (let row = 0; row < batch * rows; row += 1) {
    add(tables.word, words[row]!, row);
    add(tables.position, positions === undefined ? row % rows : positions[row % positions.length]!, row);
    if (tables.segment !== undefined && segments !== undefined) add(tables.segment, segments[row]!, row);
  }
  const y = new Float64Array(sums.length);
  const epsilon = c.attributes.float("epsilon");
  for (let start = 0; start < y.length; start += width) {
    let [mean, variance] = [0, 0];
    for (let d = 0; d < width; d += 1) mean += sums[start + d]! / width;
    for (let d = 0; d < width; d += 1) variance += (sums[start + d]! - mean) ** 2 / width;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    for (let d = 0; d < width; d += 1)
      y[start + d] = (sums[start + d]! - mean) * inverse * tables.gamma[d]! + tables.beta[d]!;
  }
  const shape = [batch, rows, width];
  const mask = c.optional(places.mask);
  const counted = new Float64Array(batch);
  if (mask !== undefined) {
    const kept = numbersOf(mask);
    for (let i = 0; i < kept.length; i += 1) if (kept[i] === 1) counted[Math.floor(i / rows)]! += 1;
  }
  return [tensorOf(c.dtype(), shape, y), tensorOf("int32", [batch], counted), tensorOf(c.dtype(), shape, sums)];
}

const FLOAT = { word: 2, segment: 1, mask: 7, positions: 8 } as const;

export const embedLayerNormalization = operator({
  name: "com.microsoft.EmbedLayerNormalization",
  summary: "embeddings of word, position and segment summed, then layer normalisation",
  infer: (c) => infer(c, FLOAT),
  evaluate(c) {
    const table = (index: number): ArrayLike<number> => numbersOf(c.tensor(index));
    const [word, position, gamma, beta] = [table(2), table(3), table(5), table(6)];
    const segment = c.has(4) ? numbersOf(c.tensor(4)) : undefined;
    return embedded(c, { word, position, segment, gamma, beta }, FLOAT);
  },
});

const QUANTIZED = { word: 2, segment: 1, mask: 7 } as const;

export const quantizedEmbedLayerNormalization = operator({
  name: "com.microsoft.QEmbedLayerNormalization",
  summary: "EmbedLayerNormalization of quantized tables",
  infer: (c) => infer(c, QUANTIZED),
  evaluate(c) {
    const real = (at: number, scale: number, zero: number): Float64Array => {
      const [step, origin] = [scalarOf(c.tensor(scale)), scalarOf(c.tensor(zero))];
      return Float64Array.from(numbersOf(c.tensor(at)), (value) => (value - origin) * step);
    };
    const tables = {
      word: real(2, 8, 13),
      position: real(3, 9, 14),
      segment: c.has(4) ? real(4, 10, 15) : undefined,
      gamma: real(5, 11, 16),
      beta: real(6, 12, 17),
    };
    return embedded(c, tables, QUANTIZED);
  },
});
