import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  constantTensor,
  type Graph,
  type OperatorNode,
  type ReadBytes,
  typeOfValue,
  type ValueId,
  type ValueType,
} from "@rdu/ir";
import { evaluateNode, operatorOf } from "@rdu/ops";
import { compareTensors, isTensor, type Tensor, type Tolerance, type Value } from "@rdu/tensor";
import { describe, expect, it } from "vitest";
import { DISPUTED, UNSCORED } from "../operators/conformance-exceptions.ts";
import { readCase } from "../support/conformance-case.ts";
import { decomposeNode, interpretDecomposition, readInline } from "../support/decompose-node.ts";
import { packFolder } from "../support/packs.ts";

/** Small graphs only: patterns are interpreted one element at a time. */
const GROUPS = ["node", "node-1.23.1", "simple", "pytorch-converted", "pytorch-operator"];

/**
 * Their outputs were made step by step in bfloat16, each partial sum rounded, and may differ by less than half a unit in its last place:
 * lanes add in single precision and round once.
 */
const ROUNDED_AT_EVERY_STEP = /^test_attention_.*_bf16/;

/** Every operator node of the outside cases that has a decomposition: its patterns, interpreted, against the reference. */
const folder = packFolder("conformance");
const present = folder === undefined ? [] : readdirSync(folder).filter((group) => GROUPS.includes(group));
for (const group of present) {
  const cases = readdirSync(join(folder ?? "", group)).filter((name) => name.startsWith("test_"));
  describe(`decomposed: ${group}`, () => {
    it.each(cases)("%s", (name) => {
      if (UNSCORED.includes(name) || DISPUTED[name] !== undefined) return;
      if (ROUNDED_AT_EVERY_STEP.test(name)) return;
      const { graph, readBytes, sets, tolerance } = readCase(join(folder ?? "", group, name));
      for (const { inputs } of sets) expect(differences(graph, inputs, readBytes, tolerance)).toEqual([]);
    });
  });
}

/** Walks a graph by the reference; at every node with a decomposition compares what its patterns give. */
function differences(
  graph: Graph,
  inputs: ReadonlyMap<ValueId, Value>,
  readBytes: ReadBytes,
  tolerance: Tolerance,
): readonly string[] {
  const values = new Map<ValueId, Value>(inputs);
  const known = new Set<ValueId>();
  for (const constant of graph.constants) {
    if (values.has(constant.id)) continue;
    values.set(constant.id, constantTensor(constant, readBytes));
    known.add(constant.id);
  }
  const found: string[] = [];
  for (const node of graph.nodes) {
    if (node.kind !== "operator") continue;
    // Subgraphs and Gradient need the whole evaluator; what follows them depends on their values.
    if (node.op.endsWith(".Gradient")) return found;
    if (Object.values(node.attributes).some(({ kind }) => kind === "graph" || kind === "graphs")) return found;
    const operands = node.inputs.map((id) => (id === null ? null : (values.get(id) ?? null)));
    const results = evaluateNode(node, operands, { readConstant: readInline, run: () => [] });
    const folded = node.inputs.every((id) => id === null || known.has(id));
    node.outputs.forEach((id, index) => {
      const value = results[index] ?? null;
      if (id === null || value === null) return;
      values.set(id, value);
      if (folded) known.add(id);
    });
    found.push(...nodeDifferences(node, values, known, tolerance));
  }
  return found;
}

function nodeDifferences(
  node: OperatorNode,
  values: ReadonlyMap<ValueId, Value>,
  known: ReadonlySet<ValueId>,
  tolerance: Tolerance,
): readonly string[] {
  const rewrite = operatorOf(node.op)?.decompose;
  if (rewrite === undefined) return [];
  const types = new Map<ValueId, ValueType>();
  for (const [id, value] of values) types.set(id, typeOfValue(value));
  const tensors = new Map<ValueId, Tensor>();
  for (const id of node.inputs) {
    const value = id === null ? undefined : values.get(id);
    if (id !== null && value !== undefined && isTensor(value)) tensors.set(id, value);
  }
  const decomposition = decomposeNode(node, rewrite, tensors, types, (id) => known.has(id));
  if (decomposition.kind === "host") return [];
  const outputs = interpretDecomposition(decomposition, tensors, types);
  return node.outputs.flatMap((id) => {
    const want = id === null ? undefined : values.get(id);
    const got = id === null ? undefined : outputs.get(id);
    if (want === undefined || !isTensor(want)) return [];
    if (got === undefined) return [`${node.op}: ${id} is missing`];
    const { equal, reason } = compareTensors(got, want, tolerance);
    return equal ? [] : [`${node.op} version ${node.version}: ${id}: ${reason}`];
  });
}
