import { mixingLanes } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type TensorRef } from "./pattern-writer.ts";
import type { TapTable } from "./resize-tables.ts";
import { mixed, weighed } from "./weighed.ts";

/** Tables of one axis: input positions and weights [output, taps], and output positions that extrapolate. */
export interface TapRefs {
  readonly taps: number;
  readonly index: TensorRef;
  readonly weight: TensorRef;
  /** Some weights may be 0. */
  readonly sparse: boolean;
  readonly outside?: TensorRef;
}

/** The tables as constants. */
export function tapRefs(b: NodeBuilder, axis: number, table: TapTable, lanes: "float32" | "float64"): TapRefs {
  const length = table.outside.length;
  const shape = [length, table.taps];
  const index = b.table(`taps${axis}`, { dtype: "int32", shape, data: Int32Array.from(table.index) });
  const data = lanes === "float64" ? Float64Array.from(table.weight) : Float32Array.from(table.weight);
  const weight = b.table(`weights${axis}`, { dtype: lanes, shape, data });
  const refs = { taps: table.taps, index, weight, sparse: table.weight.includes(0) };
  if (!table.outside.includes(true)) return refs;
  const flags = Uint8Array.from(table.outside, Number);
  const outside = b.table(`outside${axis}`, { dtype: "bool", shape: [length], data: flags });
  return { ...refs, outside };
}

/** target[.., o, ..] = sum over k of weight[o, k] * x[.., index[o, k], ..]; positions outside give the extrapolation value. */
export function weighted(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  axis: number,
  { taps, index, weight, sparse, outside }: TapRefs,
  extrapolation: number,
): undefined {
  const lanes = mixingLanes(x.dtype);
  b.pattern((p) => {
    const out = p.parallelOver(target.shape);
    const k = p.reduceLoop("k", taps);
    const from = p.gathered(p.read(index, [out[axis]!, k]));
    const element = p.convert(
      p.widen(
        p.read(
          x,
          out.map((i, a) => (a === axis ? from : i)),
        ),
      ),
      lanes,
    );
    const factor = p.convert(p.read(weight, [out[axis]!, k]), lanes);
    const sum = p.fold("sum", sparse ? weighed(p, element, factor) : p.apply("mul", element, factor));
    const made =
      outside === undefined ? sum : p.select(p.read(outside, [out[axis]!]), literal(extrapolation, lanes), sum);
    p.give(mixed(p, made, target.dtype), target, out);
  });
}
