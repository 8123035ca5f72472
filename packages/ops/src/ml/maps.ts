import type { ValueType } from "@rdu/ir";
import {
  cast,
  type DType,
  isTensor,
  roundTiesToEven,
  type Tensor,
  type TensorData,
  tensor,
  type Value,
} from "@rdu/tensor";
import { takeElements } from "../numeric/copy.ts";
import { tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";

const HOST = "maps live on the host";

type Key = string | bigint;

/** The keys that a node lists, as its one of two attributes says. */
function listedKeys(c: InferContext | EvaluateContext, strings: string, int64s: string): Tensor {
  const { attributes } = c;
  const texts = [...attributes.strings(strings, [])];
  const numbers = attributes.ints(int64s, []);
  if (texts.length > 0 && numbers.length > 0) c.reject(`has both ${strings} and ${int64s}`, "E0303");
  if (texts.length > 0) return tensor("string", [texts.length], texts);
  if (numbers.length > 0) return tensor("int64", [numbers.length], BigInt64Array.from(numbers, BigInt));
  return c.reject(`has neither ${strings} nor ${int64s}`, "E0303");
}

export const zipMap = operator({
  name: "ai.onnx.ml.ZipMap",
  summary: "a map of each row, from class labels to its elements",
  host: HOST,
  infer(c): readonly ValueType[] {
    const labels = listedKeys(c, "classlabels_strings", "classlabels_int64s");
    const width = c.shape(0).at(-1);
    if (typeof width === "number" && width !== labels.data.length)
      c.reject(`${labels.data.length} class labels for ${width} columns`);
    const element: ValueType = { kind: "tensor", dtype: "float32", shape: [] };
    return [{ kind: "sequence", element: { kind: "map", key: labels.dtype, element } }];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const keys = listedKeys(c, "classlabels_strings", "classlabels_int64s");
    const width = keys.data.length;
    if (x.shape.length < 1 || x.shape.length > 2 || x.shape.at(-1) !== width)
      c.reject(`${width} class labels for a tensor of [${x.shape.join(",")}]`);
    const scores = x.data as Float32Array;
    // A tensor of one axis is one row.
    const rows = x.shape.length === 1 ? 1 : x.shape[0]!;
    const mapOf = (row: number): Value => ({
      keys,
      map: Array.from({ length: width }, (_, i) => tensorOf("float32", [], [scores[row * width + i]!])),
    });
    return [{ sequence: Array.from({ length: rows }, (_, row) => mapOf(row)) }];
  },
});

/** The values of map operand 0 by key; each is one element. */
function entriesOf(c: EvaluateContext): ReadonlyMap<Key, Tensor> {
  const value = c.value(0);
  if (value === null || isTensor(value) || !("map" in value)) return c.reject("input 0 is no map", "E0202");
  const { keys, map } = value;
  return new Map(
    map.map((item, index): [Key, Tensor] => {
      const one = isTensor(item) && item.data.length === 1 ? item : c.reject("a value of the map is no single element");
      return [keys.data[index] as Key, one];
    }),
  );
}

/** A row of single elements. */
function rowOf(dtype: DType, items: readonly Tensor[]): Tensor {
  const list = items.map(({ data }) => data[0]!);
  const data: TensorData =
    dtype === "string"
      ? (list as string[])
      : dtype === "int64"
        ? BigInt64Array.from(list as bigint[])
        : dtype === "float64"
          ? Float64Array.from(list as number[])
          : Float32Array.from(list as number[]);
  return tensor(dtype, [1, list.length], data);
}

/** The element type of a map's values. */
function valueDtype(c: InferContext): DType {
  const type = c.type(0);
  if (type.kind !== "map" || type.element.kind !== "tensor") return c.reject("input 0 is no map of elements", "E0202");
  return type.element.dtype;
}

export const dictVectorizer = operator({
  name: "ai.onnx.ml.DictVectorizer",
  summary: "the values of a map in the order of a vocabulary, zeros for keys that it lacks",
  host: HOST,
  infer(c): readonly ValueType[] {
    const { data } = listedKeys(c, "string_vocabulary", "int64_vocabulary");
    return [{ kind: "tensor", dtype: valueDtype(c), shape: [1, data.length] }];
  },
  evaluate(c) {
    const entries = entriesOf(c);
    const vocabulary = Array.from(listedKeys(c, "string_vocabulary", "int64_vocabulary").data as Iterable<Key>);
    const known = [...entries.values()];
    const dtype = c.dtype();
    const places = new Map([...entries.keys()].map((key, index) => [key, index]));
    // The element that stands for no key is behind the others.
    const table = rowOf(dtype, [...known, absent(dtype)]);
    return [
      takeElements(
        table,
        [1, vocabulary.length],
        Float64Array.from(vocabulary, (key) => places.get(key) ?? known.length),
      ),
    ];
  },
});

function absent(dtype: DType): Tensor {
  return dtype === "string" ? tensor("string", [], [""]) : tensorOf(dtype, [], [0]);
}

const CASTS: Readonly<Record<string, DType>> = { TO_FLOAT: "float32", TO_INT64: "int64", TO_STRING: "string" };

function castTarget(c: InferContext | EvaluateContext): DType {
  const name = c.attributes.string("cast_to");
  return CASTS[name] ?? c.reject(`cast_to is ${name}, expected ${Object.keys(CASTS).join(", ")}`, "E0303");
}

function isSparse(c: InferContext | EvaluateContext): boolean {
  const form = c.attributes.string("map_form");
  if (form !== "SPARSE" && form !== "DENSE") c.reject(`map_form is ${form}, expected DENSE or SPARSE`, "E0303");
  return form === "SPARSE";
}

export const castMap = operator({
  name: "ai.onnx.ml.CastMap",
  summary: "the values of a map in the order of its keys, or each at the place that its key says, cast",
  host: HOST,
  infer: (c): readonly ValueType[] => [
    { kind: "tensor", dtype: castTarget(c), shape: [1, isSparse(c) ? c.attributes.int("max_map") : null] },
  ],
  evaluate(c) {
    const target = castTarget(c);
    const sorted = [...entriesOf(c)].sort(([a], [b]) => (a < b ? -1 : 1));
    const values = sorted.map(([, value]) => castElement(value, target));
    if (!isSparse(c)) return [rowOf(target, values)];
    const [lowest] = sorted;
    if (lowest !== undefined && Number(lowest[0]) < 0) c.reject(`key ${lowest[0]} is negative`, "E0307");
    // Keys beyond the row have no place in it, and places without a key hold 0, in text as ONNX Runtime writes it.
    const at = new Map(sorted.map(([key], index) => [Number(key), values[index]!]));
    const padding = target === "string" ? tensor("string", [], ["0.f"]) : absent(target);
    return [
      rowOf(
        target,
        Array.from({ length: c.attributes.int("max_map") }, (_, place) => at.get(place) ?? padding),
      ),
    ];
  },
});

function castElement(value: Tensor, target: DType): Tensor {
  const isText = target === "string" && value.dtype === "float32";
  return isText ? tensor("string", [], [fixedText((value.data as Float32Array)[0]!)]) : cast(value, target);
}

/** A single with six decimals, ties to even, as C prints it. The product is exact: 24 bits times the 14 of 15625. */
function fixedText(x: number): string {
  if (Number.isNaN(x)) return "nan";
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  if (!Number.isFinite(x)) return `${sign}inf`;
  const digits = BigInt(roundTiesToEven(Math.abs(x) * 1e6))
    .toString()
    .padStart(7, "0");
  return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
