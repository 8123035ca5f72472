import { tensor } from "@rdu/tensor";
import type { Decompose } from "../decompose.ts";
import type { NodeBuilder } from "../node-builder.ts";
import { literal, type TensorRef } from "../pattern-writer.ts";
import { elements, type Forest, layOut, type Node, reals, type Share } from "./forest.ts";
import { type Aggregate, type PostTransform, scoresOf, tooLarge, transformed, withBase } from "./scores.ts";

const AGGREGATES: readonly Aggregate[] = ["AVERAGE", "SUM", "MIN", "MAX"];
const TRANSFORMS: readonly PostTransform[] = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];
const MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"];
const AT_FAULT = { host: "its trees are not complete" };

/** Interior nodes and leaves in two lists, by position: n3 and l5. */
const treeEnsemble: Decompose = (b) => {
  const { attributes } = b;
  const ints = (name: string): readonly number[] => (attributes.has(name) ? attributes.ints(name) : []);
  const [splits, modes] = ["nodes_splits", "nodes_modes"].map((name) => elements(attributes.tensor(name)));
  const weights = elements(attributes.tensor("leaf_weights"));
  const targets = ints("leaf_targetids");
  const [yes, no, yesLeaf, noLeaf] = [
    ints("nodes_truenodeids"),
    ints("nodes_falsenodeids"),
    ints("nodes_trueleafs"),
    ints("nodes_falseleafs"),
  ];
  const [features, missing] = [ints("nodes_featureids"), ints("nodes_missing_value_tracks_true")];
  const sets = membershipSets(b, modes!);
  const leaf = (name: string): readonly Share[] | undefined => {
    const at = Number(name.slice(1));
    const [target, weight] = [targets[at], weights[at]];
    return name[0] === "l" && target !== undefined && weight !== undefined ? [{ target, weight }] : undefined;
  };
  const node = (name: string): Node | undefined => {
    const i = Number(name.slice(1));
    const [mode, feature, value] = [MODES[modes![i] ?? -1], features[i], splits![i]];
    if (name[0] !== "n" || mode === undefined || feature === undefined || value === undefined) return undefined;
    const members = sets.get(i);
    return {
      mode,
      feature,
      value,
      missingIsTrue: missing[i] === 1,
      yes: `${yesLeaf[i] === 1 ? "l" : "n"}${yes[i]}`,
      no: `${noLeaf[i] === 1 ? "l" : "n"}${no[i]}`,
      ...(members === undefined ? {} : { members }),
    };
  };
  const forest = layOut(
    ints("tree_roots").map((root) => `n${root}`),
    node,
    leaf,
  );
  if (forest === undefined) return AT_FAULT;
  const count = attributes.int("n_targets", 1);
  const refusal = tooLarge(forest, count);
  if (refusal !== undefined) return { host: refusal };
  const aggregate = AGGREGATES[attributes.int("aggregate_function", 1)] ?? "SUM";
  const transform = TRANSFORMS[attributes.int("post_transform", 0)] ?? "NONE";
  transformed(b, b.output(), scoresOf(b, forest, count, aggregate), transform);
  return undefined;
};

/** The sets of the membership nodes in their order, each ended by a NaN. */
function membershipSets(b: NodeBuilder, modes: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const { attributes } = b;
  const rest = attributes.has("membership_values") ? [...elements(attributes.tensor("membership_values"))] : [];
  const sets = new Map<number, readonly number[]>();
  modes.forEach((mode, i) => {
    if (MODES[mode] !== "BRANCH_MEMBER") return;
    const end = rest.findIndex(Number.isNaN);
    sets.set(i, rest.splice(0, end < 0 ? rest.length : end));
    rest.shift();
  });
  return sets;
}

/** Nodes in one list, by the numbers of tree and node; the first one listed of a tree is its root. */
function forestByIds({ attributes }: NodeBuilder, kind: "class" | "target"): Forest | undefined {
  const ints = (name: string): readonly number[] => (attributes.has(name) ? attributes.ints(name) : []);
  const [trees, nodes, modes] = [
    ints("nodes_treeids"),
    ints("nodes_nodeids"),
    attributes.has("nodes_modes") ? attributes.strings("nodes_modes") : [],
  ];
  const names = trees.map((tree, i) => `${tree}/${nodes[i]}`);
  const at = new Map(names.map((name, i) => [name, i]));
  const shares = new Map<string, Share[]>();
  const weights = reals(attributes, `${kind}_weights`);
  const [leafTrees, leafNodes] = [ints(`${kind}_treeids`), ints(`${kind}_nodeids`)];
  ints(`${kind}_ids`).forEach((target, i) => {
    const name = `${leafTrees[i]}/${leafNodes[i]}`;
    const list = shares.get(name);
    if (list === undefined) shares.set(name, [{ target, weight: weights[i]! }]);
    else list.push({ target, weight: weights[i]! });
  });
  const [features, values] = [ints("nodes_featureids"), reals(attributes, "nodes_values")];
  const [yes, no, missing] = [
    ints("nodes_truenodeids"),
    ints("nodes_falsenodeids"),
    ints("nodes_missing_value_tracks_true"),
  ];
  const isLeaf = (name: string): boolean => modes[at.get(name) ?? -1] === "LEAF";
  const seen = new Set<number>();
  const roots = names.filter((_, i) => seen.size < seen.add(trees[i]!).size);
  return layOut(
    roots,
    (name) => {
      const i = at.get(name);
      if (i === undefined) return undefined;
      return {
        mode: modes[i]!,
        feature: features[i]!,
        value: values[i]!,
        missingIsTrue: missing[i] === 1,
        yes: `${trees[i]}/${yes[i]}`,
        no: `${trees[i]}/${no[i]}`,
      };
    },
    (name) => (isLeaf(name) ? (shares.get(name) ?? []) : undefined),
  );
}

const treeEnsembleRegressor: Decompose = (b) => {
  const forest = forestByIds(b, "target");
  if (forest === undefined) return AT_FAULT;
  const targets = b.attributes.int("n_targets", 1);
  const refusal = tooLarge(forest, targets);
  if (refusal !== undefined) return { host: refusal };
  const scores = scoresOf(b, forest, targets, b.attributes.string("aggregate_function", "SUM") as Aggregate);
  const based = withBase(b, scores, reals(b.attributes, "base_values"));
  transformed(b, b.output(), based, b.attributes.string("post_transform", "NONE") as PostTransform);
  return undefined;
};

const treeEnsembleClassifier: Decompose = (b) => {
  const { attributes } = b;
  if (!attributes.has("classlabels_int64s")) return { host: "its labels are strings" };
  const forest = forestByIds(b, "class");
  if (forest === undefined) return AT_FAULT;
  const labels = attributes.ints("classlabels_int64s");
  const refusal = tooLarge(forest, labels.length);
  if (refusal !== undefined) return { host: refusal };
  const transform = attributes.string("post_transform", "NONE") as PostTransform;
  const summed = withBase(b, scoresOf(b, forest, labels.length, "SUM"), reals(attributes, "base_values"));
  const isBinary = labels.length === 2 && new Set(attributes.ints("class_ids")).size === 1;
  const probabilities = reals(attributes, "class_weights").every((weight) => weight >= 0);
  // The second class alone, by other numbers than probabilities: the first has 0.
  const isSecond = attributes.ints("class_ids")[0] === 1 && !probabilities;
  const scores = isBinary && !isSecond ? bothClasses(b, summed, transform === "NONE" && probabilities) : summed;
  const label = b.wanted(0);
  if (label !== undefined) chosenLabels(b, label, scores, labels);
  const shown = b.wanted(1);
  if (shown !== undefined) transformed(b, shown, scores, transform);
  return undefined;
};

/**
 * Trees that score one of two classes score the second, whatever id they give; the first has the complement of a probability, or the negative
 * of anything else.
 */
function bothClasses(b: NodeBuilder, scores: TensorRef, isProbability: boolean): TensorRef {
  const both = b.fresh("both", scores.dtype, scores.shape);
  b.pattern((p) => {
    const [row = 0, which = 0] = p.parallelOver(both.shape, "rk");
    const [first, second] = [0, 1].map((k) => p.read(scores, [row, k]));
    const own = p.select(p.test("ne", first!, literal(0, both.dtype)), first!, second!);
    const other = isProbability ? p.apply("sub", literal(1, both.dtype), own) : p.apply("neg", own);
    p.give(p.select(p.test("eq", p.position(which), literal(1, "int32")), own, other), both, [row, which]);
  });
  return both;
}

/** The label of the first of the best scores of each row. */
export function chosenLabels(b: NodeBuilder, target: TensorRef, scores: TensorRef, labels: readonly number[]): void {
  const table = b.table("labels", tensor("int64", [labels.length], BigInt64Array.from(labels, BigInt)));
  const best = b.fresh("best", "int32", target.shape);
  b.pattern((p) => {
    const [row = 0] = p.parallelOver(target.shape, "r");
    const k = p.reduceLoop("k", labels.length);
    p.give(p.foldArgument("argmax-first", p.read(scores, [row, k]), p.position(k)), best, [row]);
  });
  b.pattern((p) => {
    const at = p.parallelOver(target.shape, "r");
    p.give(p.read(table, [p.gathered(p.read(best, at))]), target, at);
  });
}

export const TREES: Readonly<Record<string, Decompose>> = {
  "ai.onnx.ml.TreeEnsemble": treeEnsemble,
  "ai.onnx.ml.TreeEnsembleRegressor": treeEnsembleRegressor,
  "ai.onnx.ml.TreeEnsembleClassifier": treeEnsembleClassifier,
};
