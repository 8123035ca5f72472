import { elementAt } from "@rdu/diagnostics";
import type { Decompose, HostVerdict } from "./decompose.ts";
import type { Index } from "./index-form.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { inverseDeviation, meanOver, normalise } from "./normalization.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** A table, and the inputs that say how it is quantised. */
interface Table {
  readonly at: number;
  readonly scale?: number;
  readonly zero?: number;
}

interface Tables {
  readonly word: Table;
  readonly position: Table;
  readonly segment: Table;
  readonly gamma: Table;
  readonly beta: Table;
  /** Input of position ids. */
  readonly places?: number;
}

/** An element of a table, taken out of its quantisation. */
function entry(b: NodeBuilder, p: PatternWriter, { at, scale, zero }: Table, index: readonly Index[]): Scalar {
  const element = p.read(b.input(at), index);
  if (scale === undefined || zero === undefined) return p.widen(element);
  const single = (input: number): Scalar => {
    const ref = b.input(input);
    return p.read(
      ref,
      ref.shape.map(() => 0),
    );
  };
  const centred = p.apply("sub", p.convert(element, "int32"), p.convert(single(zero), "int32"));
  return p.apply("mul", p.convert(centred, "float32"), single(scale));
}

/** Sums of embeddings, then layer normalisation; the words that the mask counts. */
function embed(b: NodeBuilder, tables: Tables): HostVerdict | undefined {
  const target = b.output();
  const segments = b.has(tables.segment.at) ? b.optional(1) : undefined;
  const places = tables.places === undefined ? undefined : b.optional(tables.places);
  const sum = b.wanted(2) ?? b.fresh("sum", target.dtype, target.shape);
  b.pattern((p) => {
    const [n = 0, s = 0, d = 0] = p.parallelOver(target.shape, "nsd");
    const row = (ids: TensorRef): Index => {
      const index = [ids.shape[0] === 1 ? 0 : n, s];
      return p.gathered(p.read(ids, index));
    };
    const parts = [
      entry(b, p, tables.word, [row(b.input(0)), d]),
      entry(b, p, tables.position, [places === undefined ? s : row(places), d]),
      ...(segments === undefined ? [] : [entry(b, p, tables.segment, [row(segments), d])]),
    ];
    p.give(
      parts.reduce((total, part) => p.apply("add", total, part)),
      sum,
      [n, s, d],
    );
  });
  const mean = meanOver(b, sum, [2]);
  const inverse = inverseDeviation(b, sum, mean, [2], b.attributes.float("epsilon", 1e-12));
  normalise(b, target, sum, mean, inverse, {
    scale: weights(b, tables.gamma, "gamma"),
    bias: weights(b, tables.beta, "beta"),
  });
  countWords(b);
  return undefined;
}

function weights(b: NodeBuilder, table: Table, name: string): TensorRef {
  const ref = b.input(table.at);
  if (table.scale === undefined) return ref;
  const to = b.fresh(name, "float32", ref.shape);
  b.pattern((p) => {
    const at = p.parallelOver(ref.shape, "d");
    p.give(entry(b, p, table, at), to, at);
  });
  return to;
}

function countWords(b: NodeBuilder): void {
  const [target, mask] = [b.wanted(1), b.optional(7)];
  if (target === undefined) return;
  b.pattern((p) => {
    const at = p.parallelOver(target.shape, "n");
    if (mask === undefined) {
      p.give(literal(0, target.dtype), target, at);
      return;
    }
    const s = p.reduceLoop("s", mask.shape[1]!);
    const kept = p.test("eq", p.read(mask, [elementAt(at, 0), s]), literal(1, mask.dtype));
    p.give(p.fold("sum", p.convert(kept, "int32")), target, at);
  });
}

export const EMBEDDINGS: Readonly<Record<string, Decompose>> = {
  "com.microsoft.EmbedLayerNormalization": (b) =>
    embed(b, {
      word: { at: 2 },
      position: { at: 3 },
      segment: { at: 4 },
      gamma: { at: 5 },
      beta: { at: 6 },
      places: 8,
    }),
  "com.microsoft.QEmbedLayerNormalization": (b) =>
    embed(b, {
      word: { at: 2, scale: 8, zero: 13 },
      position: { at: 3, scale: 9, zero: 14 },
      segment: { at: 4, scale: 10, zero: 15 },
      gamma: { at: 5, scale: 11, zero: 16 },
      beta: { at: 6, scale: 12, zero: 17 },
    }),
};
