import type { TensorType, ValueType } from "@rdu/ir";
import { cast, type DType, elementCount, isFloat, rowMajorStrides, type Tensor, tensor } from "@rdu/tensor";
import { pasteBox, takeElements } from "../numeric/copy.ts";
import { mapUnary } from "../numeric/map.ts";
import { integersOf, numbersOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { dimsProduct } from "../shapes.ts";

const HOST = "feature tables are looked up on the host";

export const arrayFeatureExtractor = operator({
  name: "ai.onnx.ml.ArrayFeatureExtractor",
  summary: "columns chosen by index",
  infer(c) {
    // Indices of any shape count as one list.
    const [x, count] = [c.shape(0), dimsProduct(c.shape(1))];
    return [x.length === 1 ? [1, count] : [...x.slice(0, -1), count]];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const columns = integersOf(c.tensor(1));
    const width = x.shape.at(-1)!;
    const rows = span(x.shape, 0, x.shape.length - 1);
    const indices = Float64Array.from({ length: rows * columns.length }, (_, n) => {
      const column = columns[n % columns.length]!;
      if (column < 0 || column >= width) c.reject(`column ${column} is out of range for ${width}`, "E0307");
      return Math.floor(n / columns.length) * width + column;
    });
    const shape = x.shape.length === 1 ? [1, columns.length] : [...x.shape.slice(0, -1), columns.length];
    return [takeElements(x, shape, indices)];
  },
});

export const binarizer = operator({
  name: "ai.onnx.ml.Binarizer",
  summary: "1 above a threshold, else 0",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const threshold = c.attributes.float("threshold");
    return [mapUnary(c.tensor(0), (x) => (x > threshold ? 1 : 0))];
  },
});

type Key = string | number | bigint;

interface Mapping {
  readonly keys: readonly Key[];
  readonly values: Tensor;
  readonly otherwise: Tensor;
}

function listTensor(c: Pick<InferContext, "attributes">, name: string): Tensor | undefined {
  const { attributes } = c;
  if (attributes.has(`${name}_tensor`)) return attributes.tensor(`${name}_tensor`);
  if (attributes.has(`${name}_strings`)) {
    const list = [...attributes.strings(`${name}_strings`)];
    return tensor("string", [list.length], list);
  }
  if (attributes.has(`${name}_int64s`)) {
    const list = attributes.ints(`${name}_int64s`);
    return tensor("int64", [list.length], BigInt64Array.from(list, BigInt));
  }
  if (!attributes.has(`${name}_floats`)) return undefined;
  const list = attributes.floats(`${name}_floats`);
  return tensor("float32", [list.length], Float32Array.from(list));
}

function defaultOf(c: Pick<InferContext, "attributes">, dtype: DType): Tensor {
  if (c.attributes.has("default_tensor")) return c.attributes.tensor("default_tensor");
  if (dtype === "string") return tensor("string", [], [c.attributes.string("default_string")]);
  if (dtype === "int64") return tensor("int64", [], BigInt64Array.of(BigInt(c.attributes.int("default_int64"))));
  return tensorOf(dtype, [], [isFloat(dtype) ? c.attributes.float("default_float", -0) : 0]);
}

function mappingOf(c: InferContext | EvaluateContext, from: DType): Mapping {
  if (c.version < 2) {
    // The first version maps strings to their positions, or positions to strings.
    const classes = [...c.attributes.strings("classes_strings")];
    const numbers = tensor(
      "int64",
      [classes.length],
      BigInt64Array.from(classes, (_, i) => BigInt(i)),
    );
    const texts = tensor("string", [classes.length], classes);
    return from === "string"
      ? { keys: classes, values: numbers, otherwise: defaultOf(c, "int64") }
      : { keys: classes.map((_, i) => BigInt(i)), values: texts, otherwise: defaultOf(c, "string") };
  }
  const keys = listTensor(c, "keys") ?? c.reject("has no keys", "E0303");
  if (keys.dtype !== from) return c.reject(`keys of ${keys.dtype} for elements of ${from}`, "E0305");
  const values = listTensor(c, "values") ?? c.reject("has no values", "E0303");
  return { keys: keyList(keys), values, otherwise: defaultOf(c, values.dtype) };
}

/** Elements as keys of a map: NaN equals NaN there, and so do the zeros. */
function keyList(x: Tensor): readonly Key[] {
  return Array.from(x.data as ArrayLike<Key>);
}

export const labelEncoder = operator({
  name: "ai.onnx.ml.LabelEncoder",
  summary: "elements looked up in a table",
  infer: (c): readonly ValueType[] => [
    { kind: "tensor", dtype: mappingOf(c, c.dtype(0)).values.dtype, shape: c.shape(0) },
  ],
  evaluate(c) {
    const x = c.tensor(0);
    const { keys, values, otherwise } = mappingOf(c, x.dtype);
    const at = new Map(keys.map((key, i) => [key, i]));
    // NaN is a key like any other from version 4 on; before, nothing equals it.
    const isKey = (key: Key): boolean => c.version >= 4 || !Number.isNaN(key);
    const found = Float64Array.from(keyList(x), (key) => (isKey(key) ? at.get(key) : undefined) ?? keys.length);
    // The default stands behind the values.
    const table = tensor(values.dtype, [keys.length + 1], joined(values, cast(otherwise, values.dtype)));
    return [takeElements(table, x.shape, found)];
  },
});

function joined(a: Tensor, b: Tensor): Tensor["data"] {
  if (Array.isArray(a.data)) return [...a.data, (b.data as string[])[0]!];
  const result = new (a.data.constructor as new (length: number) => Float64Array)(a.data.length + 1);
  result.set(a.data as Float64Array);
  result[a.data.length] = (b.data as Float64Array)[0]!;
  return result;
}

export const categoryMapper = operator({
  name: "ai.onnx.ml.CategoryMapper",
  summary: "strings to integers or back, by a table",
  host: HOST,
  infer: (c): readonly TensorType[] => [
    { kind: "tensor", dtype: c.dtype(0) === "string" ? "int64" : "string", shape: c.shape(0) },
  ],
  evaluate(c) {
    const x = c.tensor(0);
    const [texts, numbers] = [c.attributes.strings("cats_strings"), c.attributes.ints("cats_int64s")];
    if (x.dtype === "string") {
      const at = new Map(texts.map((text, i) => [text, numbers[i]!]));
      const values = (x.data as string[]).map((text) => BigInt(at.get(text) ?? c.attributes.int("default_int64")));
      return [tensor("int64", x.shape, BigInt64Array.from(values))];
    }
    const at = new Map(numbers.map((number, i) => [number, texts[i]!]));
    return [
      tensor(
        "string",
        x.shape,
        integersOf(x).map((number) => at.get(number) ?? c.attributes.string("default_string")),
      ),
    ];
  },
});

function floatOutput(c: InferContext): readonly TensorType[] {
  return [{ kind: "tensor", dtype: "float32", shape: c.shape(0) }];
}

export const scaler = operator({
  name: "ai.onnx.ml.Scaler",
  summary: "(x - offset) scale, by column",
  infer: floatOutput,
  evaluate(c) {
    const x = c.tensor(0);
    const [offsets, scales] = [c.attributes.floats("offset", [0]), c.attributes.floats("scale", [1])];
    const width = x.shape.at(-1) ?? 1;
    const of = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i % width]!;
    return [
      tensorOf(
        "float32",
        x.shape,
        Float64Array.from(numbersOf(x), (v, i) => (v - of(offsets, i)) * of(scales, i)),
      ),
    ];
  },
});

export const normalizer = operator({
  name: "ai.onnx.ml.Normalizer",
  summary: "rows divided by their greatest, sum or length",
  infer: floatOutput,
  evaluate(c) {
    const x = c.tensor(0);
    const values = numbersOf(x);
    const width = x.shape.at(-1) ?? 1;
    const norm = c.attributes.string("norm");
    const y = new Float64Array(values.length);
    for (let start = 0; start < values.length; start += width) {
      const row = Array.from(values.subarray(start, start + width) as Float64Array);
      const size =
        norm === "MAX"
          ? Math.max(...row)
          : norm === "L1"
            ? row.reduce((sum, v) => sum + Math.abs(v), 0)
            : Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
      row.forEach((v, i) => {
        y[start + i] = size === 0 ? v : v / size;
      });
    }
    return [tensorOf("float32", x.shape, y)];
  },
});

export const imputer = operator({
  name: "ai.onnx.ml.Imputer",
  summary: "missing values replaced, by column",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const float = isFloat(x.dtype);
    const fills = float ? c.attributes.floats("imputed_value_floats") : c.attributes.ints("imputed_value_int64s");
    const missing = float ? c.attributes.float("replaced_value_float") : c.attributes.int("replaced_value_int64");
    const width = x.shape.at(-1) ?? 1;
    const y = Float64Array.from(numbersOf(x), (v, i) =>
      v === missing || (Number.isNaN(missing) && Number.isNaN(v)) ? fills[fills.length === 1 ? 0 : i % width]! : v,
    );
    return [tensorOf(x.dtype, x.shape, y)];
  },
});

export const oneHotEncoder = operator({
  name: "ai.onnx.ml.OneHotEncoder",
  summary: "1 at the place of each category on a new last axis",
  infer(c): readonly TensorType[] {
    const count = c.attributes.ints("cats_int64s", []).length || c.attributes.strings("cats_strings", []).length;
    return [{ kind: "tensor", dtype: "float32", shape: [...c.shape(0), count] }];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const texts = c.attributes.strings("cats_strings", []);
    const categories: readonly (string | number)[] = texts.length > 0 ? texts : c.attributes.ints("cats_int64s");
    const items: readonly (string | number)[] =
      x.dtype === "string" ? (x.data as string[]) : Array.from(numbersOf(x), Math.trunc);
    const y = new Float32Array(items.length * categories.length);
    items.forEach((item, n) => {
      const at = categories.indexOf(item);
      if (at >= 0) y[n * categories.length + at] = 1;
      else if (c.attributes.int("zeros") === 0) c.reject(`${item} is no known category`, "E0307");
    });
    return [tensor("float32", [...x.shape, categories.length], y)];
  },
});

export const featureVectorizer = operator({
  name: "ai.onnx.ml.FeatureVectorizer",
  summary: "columns of several operands side by side",
  infer(c): readonly TensorType[] {
    const widths = c.attributes.ints("inputdimensions", []);
    const first = c.shape(0);
    const rows = first.length === 1 ? 1 : (first[0] ?? null);
    return [{ kind: "tensor", dtype: "float32", shape: [rows, widths.reduce((a, b) => a + b, 0)] }];
  },
  evaluate(c) {
    const shape = c.shape();
    const result = tensorOf("float32", shape, new Float32Array(elementCount(shape)));
    let column = 0;
    c.attributes.ints("inputdimensions").forEach((width, index) => {
      const x = c.tensor(index);
      const [rows, own] = x.shape.length === 1 ? [1, x.shape[0]!] : [x.shape[0]!, span(x.shape, 1)];
      const part = takeElements(
        cast(x, "float32"),
        [rows, width],
        Float64Array.from({ length: rows * width }, (_, n) =>
          n % width < own ? Math.floor(n / width) * own + (n % width) : -1,
        ),
      );
      pasteBox(result, part, rowMajorStrides(shape), column);
      column += width;
    });
    return [result];
  },
});
