import type { TensorType } from "@rdu/ir";
import { type Tensor, tensor } from "@rdu/tensor";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { type PostTransform, postTransformed } from "./post-transform.ts";

/** A leaf adds `weight` to target `target`. */
interface Contribution {
  readonly target: number;
  readonly weight: number;
}

interface Branch {
  readonly feature: number;
  readonly test: (x: number) => boolean;
  /** Whether a missing value (NaN) takes the true branch. */
  readonly missingIsTrue: boolean;
  readonly whenTrue: Tree;
  readonly whenFalse: Tree;
}

/** Deferred, so that trees of any depth are built without recursion. */
type Tree = () => Branch | readonly Contribution[];

function leafOf(root: Tree, feature: (index: number) => number): readonly Contribution[] {
  for (let node = root(); ; ) {
    if (!("test" in node)) return node;
    const x = feature(node.feature);
    const taken = Number.isNaN(x) ? node.missingIsTrue || node.test(x) : node.test(x);
    node = (taken ? node.whenTrue : node.whenFalse)();
  }
}

type Aggregate = "SUM" | "AVERAGE" | "MIN" | "MAX";

/** Scores of every row of x for every target; targets that no leaf names keep 0 before base values. */
function scoresOf(x: Tensor, trees: readonly Tree[], targets: number, aggregate: Aggregate): Float64Array {
  const values = numbersOf(x);
  const [rows, features] = x.shape.length === 1 ? [1, x.shape[0]!] : [x.shape[0]!, x.shape[1]!];
  const scores = new Float64Array(rows * targets);
  for (let row = 0; row < rows; row += 1) {
    const seen = new Uint8Array(targets);
    for (const tree of trees)
      for (const { target, weight } of leafOf(tree, (index) => values[row * features + index]!)) {
        const at = row * targets + target;
        if (aggregate === "SUM" || aggregate === "AVERAGE" || seen[target] === 0) scores[at]! += weight;
        else scores[at] = aggregate === "MIN" ? Math.min(scores[at]!, weight) : Math.max(scores[at]!, weight);
        seen[target] = 1;
      }
    if (aggregate === "AVERAGE") for (let t = 0; t < targets; t += 1) scores[row * targets + t]! /= trees.length;
  }
  return scores;
}

/** Comparison of a node mode with its value; sets of BRANCH_MEMBER are given apart. */
function comparison(mode: string, value: number): (x: number) => boolean {
  switch (mode) {
    case "BRANCH_LEQ":
      return (x) => x <= value;
    case "BRANCH_LT":
      return (x) => x < value;
    case "BRANCH_GTE":
      return (x) => x >= value;
    case "BRANCH_GT":
      return (x) => x > value;
    case "BRANCH_EQ":
      return (x) => x === value;
    default:
      return (x) => x !== value;
  }
}

/** Attributes that may be given as floats or, from version 3, as a tensor of doubles. */
function reals(c: Pick<InferContext, "attributes">, name: string): readonly number[] {
  if (c.attributes.has(`${name}_as_tensor`)) return Array.from(numbersOf(c.attributes.tensor(`${name}_as_tensor`)));
  return c.attributes.floats(name, []);
}

/** The trees of TreeEnsembleClassifier and TreeEnsembleRegressor: nodes by (tree, node) ids; `kind` names the leaf lists. */
function treesByIds(c: EvaluateContext, kind: "class" | "target"): readonly Tree[] {
  const ints = (name: string): readonly number[] => c.attributes.ints(name, []);
  const [trees, nodes] = [ints("nodes_treeids"), ints("nodes_nodeids")];
  const at = new Map(trees.map((tree, i) => [`${tree}/${nodes[i]}`, i]));
  const leaves = new Map<string, Contribution[]>();
  const [leafTrees, leafNodes, ids] = [ints(`${kind}_treeids`), ints(`${kind}_nodeids`), ints(`${kind}_ids`)];
  const weights = reals(c, `${kind}_weights`);
  leafTrees.forEach((tree, i) => {
    const key = `${tree}/${leafNodes[i]}`;
    leaves.set(key, [...(leaves.get(key) ?? []), { target: ids[i]!, weight: weights[i]! }]);
  });
  const [features, values] = [ints("nodes_featureids"), reals(c, "nodes_values")];
  const modes = c.attributes.strings("nodes_modes", []);
  const [yes, no, missing] = [
    ints("nodes_truenodeids"),
    ints("nodes_falsenodeids"),
    ints("nodes_missing_value_tracks_true"),
  ];
  const nodeAt =
    (tree: number, node: number): Tree =>
    () => {
      const i = at.get(`${tree}/${node}`) ?? c.reject(`node ${node} of tree ${tree} is missing`, "E0303");
      if (modes[i] === "LEAF") return leaves.get(`${tree}/${node}`) ?? [];
      return {
        feature: features[i]!,
        test: comparison(modes[i]!, values[i]!),
        missingIsTrue: missing[i] === 1,
        whenTrue: nodeAt(tree, yes[i]!),
        whenFalse: nodeAt(tree, no[i]!),
      };
    };
  // The first node listed of each tree is its root.
  return [...new Set(trees)].map((tree) => nodeAt(tree, nodes[trees.indexOf(tree)]!));
}

function rowsOf(c: InferContext) {
  const shape = c.shape(0);
  return shape.length === 1 ? 1 : (shape[0] ?? null);
}

export const treeEnsembleRegressor = operator({
  name: "ai.onnx.ml.TreeEnsembleRegressor",
  summary: "scores of decision trees, aggregated",
  infer: (c): readonly TensorType[] => [
    { kind: "tensor", dtype: "float32", shape: [rowsOf(c), c.attributes.int("n_targets", 1)] },
  ],
  evaluate(c) {
    const targets = c.attributes.int("n_targets", 1);
    const scores = scoresOf(
      c.tensor(0),
      treesByIds(c, "target"),
      targets,
      c.attributes.string("aggregate_function") as Aggregate,
    );
    addBase(scores, reals(c, "base_values"), targets);
    postTransformed(scores, targets, c.attributes.string("post_transform") as PostTransform);
    return [tensorOf("float32", [scores.length / targets, targets], scores)];
  },
});

function addBase(scores: Float64Array, base: readonly number[], targets: number): void {
  for (let i = 0; i < scores.length; i += 1) scores[i]! += (base.length === 1 ? base[0] : base[i % targets]) ?? 0;
}

/** Labels of the classes, strings or integers. */
export function classLabels(
  c: Pick<InferContext, "attributes">,
  strings: string,
  ints: string,
): readonly (string | number)[] {
  const texts = c.attributes.strings(strings, []);
  return texts.length > 0 ? texts : c.attributes.ints(ints, []);
}

/** Labels chosen for rows, as a tensor. */
export function labelTensor(labels: readonly (string | number)[], chosen: readonly number[]): Tensor {
  const values = chosen.map((index) => labels[index]!);
  if (values.every((value) => typeof value === "string")) return tensor("string", [values.length], values);
  return tensor("int64", [values.length], BigInt64Array.from(values as number[], BigInt));
}

export const treeEnsembleClassifier = operator({
  name: "ai.onnx.ml.TreeEnsembleClassifier",
  summary: "the class with the best score of decision trees, and all scores",
  infer(c): readonly TensorType[] {
    const labels = classLabels(c, "classlabels_strings", "classlabels_int64s");
    const dtype = typeof labels[0] === "string" ? "string" : "int64";
    const rows = rowsOf(c);
    return [
      { kind: "tensor", dtype, shape: [rows] },
      { kind: "tensor", dtype: "float32", shape: [rows, labels.length] },
    ];
  },
  evaluate(c) {
    const labels = classLabels(c, "classlabels_strings", "classlabels_int64s");
    const classes = labels.length;
    const scores = scoresOf(c.tensor(0), treesByIds(c, "class"), classes, "SUM");
    const binary = classes === 2 && new Set(c.attributes.ints("class_ids", [])).size === 1;
    const transform = c.attributes.string("post_transform") as PostTransform;
    addBase(scores, reals(c, "base_values"), classes);
    const probabilities = reals(c, "class_weights").every((weight) => weight >= 0);
    // Scores of the second class alone that are no probabilities stand as they are, as CatBoost writes them: the first class has 0.
    const second = c.attributes.ints("class_ids", [])[0] === 1 && !probabilities;
    if (binary && !second) completeBinary(scores, transform === "NONE" && probabilities);
    const chosen = Array.from({ length: scores.length / classes }, (_, row) => {
      const own = scores.subarray(row * classes, (row + 1) * classes);
      return own.indexOf(own.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
    });
    postTransformed(scores, classes, transform);
    return [labelTensor(labels, chosen), tensorOf("float32", [scores.length / classes, classes], scores)];
  },
});

/**
 * Trees that score only one of two classes score the second, whatever id they give: the first has the complement of a
 * probability, or the negative of anything else.
 */
function completeBinary(scores: Float64Array, isProbability: boolean): void {
  for (let row = 0; row < scores.length; row += 2) {
    const value = scores[row] !== 0 ? scores[row]! : scores[row + 1]!;
    scores[row + 1] = value;
    scores[row] = isProbability ? 1 - value : -value;
  }
}

const MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"];
const AGGREGATES: readonly Aggregate[] = ["AVERAGE", "SUM", "MIN", "MAX"];
const TRANSFORMS: readonly PostTransform[] = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];

export const treeEnsemble = operator({
  name: "ai.onnx.ml.TreeEnsemble",
  summary: "scores of decision trees, aggregated, with set membership tests",
  infer: (c) => [[rowsOf(c), c.attributes.int("n_targets", 1)]],
  evaluate(c) {
    const x = c.tensor(0);
    const targets = c.attributes.int("n_targets", 1);
    const aggregate = AGGREGATES[c.attributes.int("aggregate_function")] ?? c.reject("aggregate_function", "E0306");
    const scores = scoresOf(x, treesByRoots(c), targets, aggregate);
    const transform = TRANSFORMS[c.attributes.int("post_transform")] ?? c.reject("post_transform", "E0306");
    postTransformed(scores, targets, transform);
    return [tensorOf(x.dtype, [scores.length / targets, targets], scores)];
  },
});

/** The trees of TreeEnsemble: interior nodes and leaves in two lists, by position. */
function treesByRoots(c: EvaluateContext): readonly Tree[] {
  const ints = (name: string): readonly number[] => c.attributes.ints(name, []);
  const splits = numbersOf(c.attributes.tensor("nodes_splits"));
  const modes = numbersOf(c.attributes.tensor("nodes_modes"));
  const weights = numbersOf(c.attributes.tensor("leaf_weights"));
  const [targets, features, missing] = [
    ints("leaf_targetids"),
    ints("nodes_featureids"),
    ints("nodes_missing_value_tracks_true"),
  ];
  const [yes, no, yesLeaf, noLeaf] = [
    ints("nodes_truenodeids"),
    ints("nodes_falsenodeids"),
    ints("nodes_trueleafs"),
    ints("nodes_falseleafs"),
  ];
  const sets = membershipSets(c, modes);
  const leaf =
    (i: number): Tree =>
    () => [{ target: targets[i]!, weight: weights[i]! }];
  const node =
    (i: number): Tree =>
    () => {
      const mode = MODES[modes[i]!] ?? c.reject(`node mode ${modes[i]}`, "E0306");
      const members = sets.get(i);
      return {
        feature: features[i]!,
        test: members === undefined ? comparison(mode, splits[i]!) : (x) => members.has(x),
        missingIsTrue: missing[i] === 1,
        whenTrue: yesLeaf[i] === 1 ? leaf(yes[i]!) : node(yes[i]!),
        whenFalse: noLeaf[i] === 1 ? leaf(no[i]!) : node(no[i]!),
      };
    };
  return ints("tree_roots").map(node);
}

/** Sets of the membership nodes in their order, each ended by a NaN. */
function membershipSets(c: EvaluateContext, modes: ArrayLike<number>): ReadonlyMap<number, ReadonlySet<number>> {
  const members = c.attributes.has("membership_values")
    ? Array.from(numbersOf(c.attributes.tensor("membership_values")))
    : [];
  const sets = new Map<number, ReadonlySet<number>>();
  let start = 0;
  for (let i = 0; i < modes.length; i += 1) {
    if (MODES[modes[i]!] !== "BRANCH_MEMBER") continue;
    const end = members.findIndex((value, at) => at >= start && Number.isNaN(value));
    sets.set(i, new Set(members.slice(start, end < 0 ? undefined : end)));
    start = end < 0 ? members.length : end + 1;
  }
  return sets;
}
