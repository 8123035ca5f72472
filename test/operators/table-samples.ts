import { type Attribute, tensorConstant } from "@rdu/ir";
import { type DType, fromBigints, fromNumbers, type Tensor, toNumbers } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, int, integers, ints, random, type Sample, scalar, seed, text, texts } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const tensorOf = (value: Tensor): Attribute => ({ kind: "tensor", value: tensorConstant("value", value) });
const floats = (value: readonly number[]): Attribute => ({ kind: "floats", value: value.map(Math.fround) });
const list = (count: number, make: (i: number) => number): number[] => Array.from({ length: count }, (_, i) => make(i));

const det = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float64"),
    batch: fc.constantFrom([], [2], [2, 3]),
    n: fc.integer({ min: 1, max: 5 }),
    kind: fc.constantFrom("plain", "singular", "permuted"),
    s: seed,
  })
  .map(({ dtype, batch, n, kind, s }): Sample => {
    const x = filled(dtype, [...batch, n, n], s);
    const isZero = (i: number): boolean => {
      if (kind === "singular") return i % n === 0;
      // Where elimination would look first.
      return kind === "permuted" && Math.floor(i / n) % n === i % n;
    };
    const values = toNumbers(x).map((value, i) => (isZero(i) ? 0 : value));
    return { op: "Det", inputs: [fromNumbers(dtype, x.shape, values)] };
  });

const maxUnpool = fc
  .record({
    size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    larger: fc.constantFrom("given", "unknown", "none"),
    pads: fc.constantFrom([0, 0, 0, 0], [0, 1, 1, 0]),
    s: seed,
  })
  .map(({ size, larger, pads, s }): Sample => {
    const next = random(s);
    const own = size.map((extent, axis) => extent * 2 - pads[axis]! - pads[axis + 2]!);
    const plane = own[0]! * own[1]!;
    const shape = [2, 2, ...size];
    const count = size[0]! * size[1]!;
    const places = list(4 * count, (i) => Math.floor(i / count) * plane + Math.floor(next() * plane));
    const inputs: Tensor[] = [filled("float32", shape, s), fromBigints("int64", shape, places.map(BigInt))];
    if (larger !== "none") inputs.push(integers([2, 2, own[0]! + 1, own[1]! + 2]));
    return {
      op: "MaxUnpool",
      inputs,
      constants: larger === "given" ? [2] : [],
      attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]), pads: ints(pads) },
    };
  });

const maxRoiPool = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float16", "float64"),
    cells: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    scale: fc.constantFrom(1, 0.5),
    s: seed,
  })
  .map(({ dtype, cells, scale, s }): Sample => {
    const next = random(s);
    // Corners beyond the image and the wrong way round, and halves.
    const corner = (): number => Math.floor(next() * 20) / 2 - 2;
    const regions = list(3, () => 0).flatMap(() => [Math.floor(next() * 2), corner(), corner(), corner(), corner()]);
    return {
      op: "MaxRoiPool",
      inputs: [filled(dtype, [2, 2, 4, 5], s), fromNumbers(dtype, [3, 5], regions)],
      attributes: { pooled_shape: ints(cells), spatial_scale: float(scale) },
    };
  });

const melWeightMatrix = fc
  .record({
    bins: fc.integer({ min: 1, max: 6 }),
    length: fc.integer({ min: 2, max: 40 }),
    known: fc.boolean(),
    dtype: fc.constantFrom<DType>("float32", "float64"),
  })
  .map(({ bins, length, known, dtype }): Sample => {
    const inputs = [scalar("int64", bins), scalar("int64", length), scalar("int64", 8192)];
    return {
      op: "MelWeightMatrix",
      inputs: [...inputs, scalar("float32", 10), scalar("float32", 4000)],
      constants: known ? [0, 1, 2] : [],
      attributes: { output_datatype: int(dtype === "float32" ? 1 : 11) },
    };
  });

const arrayFeatureExtractor = fc
  .record({
    rows: fc.integer({ min: 0, max: 3 }),
    columns: fc.integer({ min: 1, max: 4 }),
    known: fc.boolean(),
    // Indices are a list whatever their shape.
    dims: fc.constantFrom([1, 3], [3], [3, 1]),
    s: seed,
  })
  .map(({ rows, columns, known, dims, s }): Sample => {
    const next = random(s);
    const chosen = integers(list(3, () => Math.floor(next() * columns)));
    return {
      op: "ai.onnx.ml.ArrayFeatureExtractor",
      inputs: [filled("float32", rows === 0 ? [columns] : [rows, columns], s), { ...chosen, shape: dims }],
      constants: known ? [1] : [],
    };
  });

const labelEncoder = fc
  .record({ form: fc.constantFrom("ints", "floats", "tensors", "no default"), s: seed })
  .map(({ form, s }): Sample => {
    const op = "ai.onnx.ml.LabelEncoder";
    const keys = [3, 1, 1, -2];
    switch (form) {
      case "ints":
        return {
          op,
          inputs: [filled("int64", [2, 5], s, "small")],
          attributes: { keys_int64s: ints(keys), values_floats: floats([0.5, 1, 2, 3]), default_float: float(7) },
        };
      case "floats":
        return {
          op,
          inputs: [fromNumbers("float32", [5], [Number.NaN, -0, 3, 1.5, 1])],
          attributes: {
            keys_floats: floats([Number.NaN, 0, 1, 3]),
            values_int64s: ints([2 ** 40, -1, 5, 6]),
            default_int64: int(-7),
          },
          // NaN is no key of the second version.
          opset: s % 2 === 0 ? 2 : 4,
        };
      case "tensors":
        return {
          op,
          inputs: [filled("int16", [6], s, "small")],
          attributes: {
            keys_tensor: tensorOf(fromBigints("int16", [4], keys.map(BigInt))),
            values_tensor: tensorOf(fromNumbers("float64", [4], [0.1, 0.2, 0.3, 0.4])),
            default_tensor: tensorOf(fromNumbers("float64", [1], [9])),
          },
        };
      default:
        return {
          op,
          inputs: [filled("int64", [6], s, "small")],
          attributes: { keys_int64s: ints(keys), values_int64s: ints([5, 6, 7, 8]) },
        };
    }
  });

const tfIdf = fc
  .record({
    mode: fc.constantFrom("TF", "IDF", "TFIDF"),
    skips: fc.integer({ min: 0, max: 3 }),
    least: fc.integer({ min: 1, max: 2 }),
    more: fc.integer({ min: 0, max: 1 }),
    batch: fc.boolean(),
    shared: fc.boolean(),
    dtype: fc.constantFrom<DType>("int32", "int64"),
    s: seed,
  })
  .map(({ mode, skips, least, more, batch, shared, dtype, s }): Sample => {
    const next = random(s);
    const tokens = list(batch ? 14 : 7, () => Math.floor(next() * 4));
    return {
      op: "TfIdfVectorizer",
      inputs: [fromBigints(dtype, batch ? [2, 7] : [7], tokens.map(BigInt))],
      attributes: {
        mode: text(mode),
        max_skip_count: int(skips),
        min_gram_length: int(least),
        max_gram_length: int(least + more),
        ngram_counts: ints([0, 3, 9]),
        // Unigrams, bigrams, trigrams.
        pool_int64s: ints([2, 3, 1, 1, 2, 3, 3, 0, 1, 1, 2, 3, 0, 0, 0]),
        ngram_indexes: ints(shared ? [0, 1, 2, 2, 1, 4, 0, 5] : [0, 1, 2, 3, 4, 5, 7, 6]),
        weights: floats([1, 2, 0.5, 3, 4, 0.25, 7, 8]),
      },
    };
  });

/** The nodes of full trees of some depth, in rows: node i has children 2 i + 1 and 2 i + 2. */
const DEPTH = 2;
const INNER = 2 ** DEPTH - 1;
const ALL = 2 ** (DEPTH + 1) - 1;
const TREES = 3;
const MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

/** Rows with values that thresholds hit, and values that are missing. */
function features(next: () => number, dtype: DType, rows: number): Tensor {
  const values = list(rows * 3, () => (next() < 0.1 ? Number.NaN : Math.floor(next() * 9) / 2 - 2));
  const whole = values.map((value) => (Number.isNaN(value) ? 0 : Math.floor(value)));
  if (dtype === "int64") return fromBigints(dtype, [rows, 3], whole.map(BigInt));
  return fromNumbers(dtype, [rows, 3], values);
}

/** Attributes of the operators that list their nodes by the numbers of tree and node. Weights add up exactly. */
function byIds(next: () => number, mixed: boolean, kind: "class" | "target", targets: number, sign: number) {
  const count = TREES * ALL;
  const number = (limit: number) => () => Math.floor(next() * limit);
  const isLeaf = (i: number): boolean => i % ALL >= INNER;
  const leaves = list(count, (i) => i).filter((i) => isLeaf(i) && next() < 0.8);
  return {
    nodes_treeids: ints(list(count, (i) => Math.floor(i / ALL))),
    nodes_nodeids: ints(list(count, (i) => i % ALL)),
    nodes_featureids: ints(list(count, number(3))),
    nodes_values: floats(list(count, () => Math.floor(next() * 9) / 2 - 2)),
    nodes_modes: texts(
      list(count, number(MODES.length)).map((mode, i) => (isLeaf(i) ? "LEAF" : mixed ? MODES[mode]! : "BRANCH_LEQ")),
    ),
    nodes_truenodeids: ints(list(count, (i) => (isLeaf(i) ? 0 : 2 * (i % ALL) + 1))),
    nodes_falsenodeids: ints(list(count, (i) => (isLeaf(i) ? 0 : 2 * (i % ALL) + 2))),
    nodes_missing_value_tracks_true: ints(list(count, number(2))),
    [`${kind}_treeids`]: ints(leaves.map((i) => Math.floor(i / ALL))),
    [`${kind}_nodeids`]: ints(leaves.map((i) => i % ALL)),
    [`${kind}_ids`]: ints(leaves.map(number(targets))),
    [`${kind}_weights`]: floats(leaves.map(() => (sign * Math.floor(next() * 16)) / 16)),
  };
}

const regressor = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float64", "int64"),
    aggregate: fc.constantFrom("SUM", "AVERAGE", "MIN", "MAX"),
    transform: fc.constantFrom("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"),
    base: fc.constantFrom([], [0.5], [0.5, -1]),
    mixed: fc.boolean(),
    s: seed,
  })
  .map(({ dtype, aggregate, transform, base, mixed, s }): Sample => {
    const next = random(s);
    return {
      op: "ai.onnx.ml.TreeEnsembleRegressor",
      inputs: [features(next, dtype, 4)],
      attributes: {
        ...byIds(next, mixed, "target", 2, -1),
        n_targets: int(2),
        aggregate_function: text(aggregate),
        post_transform: text(transform),
        ...(base.length === 0 ? {} : { base_values: floats(base) }),
      },
    };
  });

const classifier = fc
  .record({
    classes: fc.constantFrom(2, 3),
    one: fc.boolean(),
    transform: fc.constantFrom("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"),
    sign: fc.constantFrom(1, -1),
    s: seed,
  })
  .map(({ classes, one, transform, sign, s }): Sample => {
    const next = random(s);
    return {
      op: "ai.onnx.ml.TreeEnsembleClassifier",
      inputs: [features(next, "float32", 5)],
      outputs: 2,
      attributes: {
        ...byIds(next, true, "class", one ? 1 : classes, transform === "PROBIT" ? 1 / 8 : sign),
        classlabels_int64s: ints([5, -3, 2 ** 40].slice(0, classes)),
        post_transform: text(transform),
      },
    };
  });

const ensemble = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float64"),
    aggregate: fc.integer({ min: 0, max: 3 }),
    s: seed,
  })
  .map(({ dtype, aggregate, s }): Sample => {
    const next = random(s);
    const number = (limit: number) => () => Math.floor(next() * limit);
    const count = TREES * INNER;
    const modes = list(count, number(7));
    // Below the last row of inner nodes lie leaves, four a tree.
    const childOf = (i: number, side: number): number => 2 * (i % INNER) + 1 + side;
    const isLeaf = (i: number): boolean => childOf(i, 0) >= INNER;
    const child = (side: number) => (i: number) => {
      const tree = Math.floor(i / INNER);
      return isLeaf(i) ? tree * (INNER + 1) + childOf(i, side) - INNER : tree * INNER + childOf(i, side);
    };
    const members = modes
      .filter((mode) => mode === 6)
      .flatMap(() => [-1, 0.5, 1].slice(number(3)()).concat(Number.NaN));
    const leaves = TREES * (INNER + 1);
    return {
      op: "ai.onnx.ml.TreeEnsemble",
      inputs: [features(next, dtype, 4)],
      attributes: {
        n_targets: int(2),
        aggregate_function: int(aggregate),
        post_transform: int(0),
        tree_roots: ints(list(TREES, (tree) => tree * INNER)),
        nodes_featureids: ints(list(count, number(3))),
        nodes_splits: tensorOf(
          fromNumbers(
            dtype,
            [count],
            list(count, () => Math.floor(next() * 9) / 2 - 2),
          ),
        ),
        nodes_modes: tensorOf(fromNumbers("uint8", [count], modes)),
        nodes_truenodeids: ints(list(count, child(0))),
        nodes_falsenodeids: ints(list(count, child(1))),
        nodes_trueleafs: ints(list(count, (i) => (isLeaf(i) ? 1 : 0))),
        nodes_falseleafs: ints(list(count, (i) => (isLeaf(i) ? 1 : 0))),
        nodes_missing_value_tracks_true: ints(list(count, number(2))),
        ...(members.length === 0 ? {} : { membership_values: tensorOf(fromNumbers(dtype, [members.length], members)) }),
        leaf_targetids: ints(list(leaves, number(2))),
        leaf_weights: tensorOf(
          fromNumbers(
            dtype,
            [leaves],
            list(leaves, () => Math.floor(next() * 16) / 16),
          ),
        ),
      },
    };
  });

export const TABLE_SAMPLES: Samples = {
  Det: det,
  MaxUnpool: maxUnpool,
  MaxRoiPool: maxRoiPool,
  MelWeightMatrix: melWeightMatrix,
  "ai.onnx.ml.ArrayFeatureExtractor": arrayFeatureExtractor,
  "ai.onnx.ml.LabelEncoder": labelEncoder,
  TfIdfVectorizer: tfIdf,
  "ai.onnx.ml.TreeEnsembleRegressor": regressor,
  "ai.onnx.ml.TreeEnsembleClassifier": classifier,
  "ai.onnx.ml.TreeEnsemble": ensemble,
};
