import { elementAt } from "@rdu/diagnostics";
import { type DType, fromNumbers, isFloat } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { copy, map } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { reduced } from "./reduction.ts";

/** Lanes in which features of a type are computed: double for those that single precision does not hold. */
function lanesOf(dtype: DType): DType {
  return dtype === "float64" || dtype === "int64" || dtype === "int32" ? "float64" : "float32";
}

/** A list of floats, one for each column or one for all, as a value that broadcasts over rows. */
function columnsOf(b: NodeBuilder, name: string, list: readonly number[], dtype: DType): TensorRef {
  return b.table(name, fromNumbers(dtype, [list.length], list));
}

/** (x - offset) scale. */
const scaler: Decompose = (b) => {
  const x = b.input(0);
  const lanes = lanesOf(x.dtype);
  const offset = columnsOf(b, "offset", b.attributes.floats("offset", [0]), lanes);
  const scale = columnsOf(b, "scale", b.attributes.floats("scale", [1]), lanes);
  return map(b, b.output(), [x, offset, scale], (p, element, from, by) => {
    const centred = p.apply("sub", p.convert(element!, lanes), from!);
    return p.convert(p.apply("mul", centred, by!), "float32");
  });
};

/** Elements that equal the missing value (NaN equals NaN here) become the value of their column. */
const imputer: Decompose = (b) => {
  const x = b.input(0);
  const real = isFloat(x.dtype);
  const list = real ? b.attributes.floats("imputed_value_floats") : b.attributes.ints("imputed_value_int64s");
  const missing = real ? b.attributes.float("replaced_value_float", 0) : b.attributes.int("replaced_value_int64", 0);
  const fills = columnsOf(b, "fills", list, x.dtype);
  return map(b, b.output(), [x, fills], (p, element, fill) => {
    const gone = Number.isNaN(missing)
      ? p.test("isnan", element!)
      : p.test("eq", element!, literal(missing, element!.dtype));
    return p.select(gone, fill!, element!);
  });
};

/** Rows over their greatest element, the sum of their magnitudes, or their length; a row without any stays. */
const normalizer: Decompose = (b) => {
  const x = b.input(0);
  const norm = b.attributes.string("norm", "MAX");
  const lanes = lanesOf(x.dtype);
  const shape = x.shape.length === 0 ? [1] : x.shape;
  const values = b.fresh("values", lanes, shape);
  map(b, values, [x], (p, element) => p.convert(p.widen(element!), lanes));
  const size = reduced(b, "size", values, [shape.length - 1], (p, element) => {
    if (norm === "MAX") return p.fold("max", element);
    if (norm === "L1") return p.fold("sum", p.apply("abs", element));
    return p.apply("sqrt", p.fold("sum", p.apply("mul", element, element)));
  });
  const made = b.fresh("normalised", "float32", shape);
  map(b, made, [values, size], (p, element, whole) => {
    const none = p.test("eq", whole!, literal(0, lanes));
    return p.convert(p.apply("div", element!, p.select(none, literal(1, lanes), whole!)), "float32");
  });
  return b.view(made, b.output());
};

/** 1 where the whole part of an element is the category of the place. */
const oneHotEncoder: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const categories = b.attributes.ints("cats_int64s", []);
  if (categories.length === 0) return { host: "its categories are strings" };
  if (b.attributes.int("zeros", 1) === 0) return { host: "unknown categories are refused on the host" };
  const lanes = isFloat(x.dtype) ? lanesOf(x.dtype) : "int64";
  const table = b.table("categories", fromNumbers(lanes, [categories.length], categories));
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const element = p.convert(p.widen(p.read(x, at.slice(0, -1))), lanes);
    const known = p.read(table, [elementAt(at, at.length - 1)]);
    const same = p.test("eq", isFloat(lanes) ? truncated(p, element) : element, known);
    p.give(p.convert(same, "float32"), target, at);
  });
  return undefined;
};

function truncated(p: PatternWriter, x: Scalar): Scalar {
  const below = p.test("lt", x, literal(0, x.dtype));
  return p.select(below, p.apply("ceil", x), p.apply("floor", x));
}

/** Columns of several operands side by side; of those that are too narrow the rest is 0. */
const featureVectorizer: Decompose = (b) => {
  const target = b.output();
  const offsets: number[][] = [];
  let column = 0;
  const parts = b.attributes.ints("inputdimensions").map((width, index) => {
    const x = b.input(index);
    const rows = x.shape.length === 1 ? 1 : x.shape[0]!;
    const flat = b.reshaped(x, "rows", [rows, x.shape.reduce((a, extent) => a * extent, 1) / Math.max(rows, 1)]);
    const real = b.fresh("real", "float32", flat.shape);
    map(b, real, [flat], (p, element) => p.convert(p.widen(element!), "float32"));
    const part = b.fresh("part", "float32", [rows, width]);
    copy(b, part, real, (at) => at, 0);
    offsets.push([0, column]);
    column += width;
    return part;
  });
  return b.join(parts, offsets, target);
};

export const FEATURE_MAPS: Readonly<Record<string, Decompose>> = {
  "ai.onnx.ml.Scaler": scaler,
  "ai.onnx.ml.Imputer": imputer,
  "ai.onnx.ml.Normalizer": normalizer,
  "ai.onnx.ml.OneHotEncoder": oneHotEncoder,
  "ai.onnx.ml.FeatureVectorizer": featureVectorizer,
};
