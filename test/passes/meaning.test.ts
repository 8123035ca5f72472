import { readFileSync } from "node:fs";
import { DEFAULT_CHIP } from "@rdu/chip";
import { sectionBudget } from "@rdu/flow";
import { type PassContext, pipelineFor } from "@rdu/fusion";
import { constantTensor, type Graph, staticShape, type ValueId } from "@rdu/ir";
import { estimateNeeds, estimateWork } from "@rdu/lowering";
import { importModel } from "@rdu/onnx";
import type { LedgerEntry } from "@rdu/pef";
import { evaluateGraph } from "@rdu/reference";
import { compare, DEFAULT_TOLERANCE, fromNumbers, isTensor, type Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { interpretNodes } from "../support/pattern-interpreter.ts";

const MODELS = [
  "digits_cnn/torchscript_batch",
  "residual_mlp/torchscript_batch",
  "transformer_encoder/torchscript_batch",
];

function contextWith(ledger: LedgerEntry[]): PassContext {
  return {
    optimize: 1,
    fusion: "streaming",
    precision: "fp32",
    rules: [],
    readConstant: (constant) => constantTensor(constant, noFile),
    estimate: (nodes, graph) => estimateNeeds(nodes, graph, DEFAULT_CHIP),
    work: (node, graph) => estimateWork(node, graph, DEFAULT_CHIP),
    budget: sectionBudget(DEFAULT_CHIP),
    record: (entry) => ledger.push(entry),
    warn: () => {},
  };
}

function noFile(): never {
  throw new Error("the fixtures keep their weights inside");
}

/** Small whole numbers, so that tokens are tokens. */
function inputsOf(graph: Graph): Map<ValueId, Tensor> {
  return new Map(
    graph.inputs.map((name) => {
      const type = graph.types.get(name);
      const shape = staticShape(type) ?? [];
      const count = shape.reduce((product, extent) => product * extent, 1);
      const numbers = Array.from({ length: count }, (_, index) => (index * 7) % 9);
      if (type?.kind !== "tensor") throw new Error(`${name} is no tensor`);
      return [name, fromNumbers(type.dtype, shape, numbers)];
    }),
  );
}

/** The outputs, whatever the level: operators by the reference, patterns by the interpreter. */
function outputsOf(graph: Graph, inputs: ReadonlyMap<ValueId, Tensor>): readonly Tensor[] {
  const readConstant = contextWith([]).readConstant;
  if (graph.nodes.some(({ kind }) => kind === "operator")) {
    const values = evaluateGraph(graph, inputs, { readConstant });
    return graph.outputs
      .map((name) => values.get(name))
      .filter((value) => value !== undefined && isTensor(value)) as Tensor[];
  }
  const values = new Map(inputs);
  for (const constant of graph.constants) values.set(constant.id, readConstant(constant));
  const made = interpretNodes(graph.nodes, values, (id) => staticShape(graph.types.get(id)) ?? []);
  return graph.outputs.map((name) => made.get(name) as Tensor);
}

describe.each(MODELS)("passes keep the meaning of %s", (model) => {
  const bytes = new Uint8Array(readFileSync(new URL(`../../fixtures/models/${model}/model.onnx`, import.meta.url)));
  const imported = importModel(bytes, { batchSize: 1 });
  const inputs = inputsOf(imported);
  const ledger: LedgerEntry[] = [];
  let graph = imported;
  let before: readonly Tensor[] = [];

  test.each(pipelineFor(1).map((pass, index) => [pass.name, index, pass] as const))("%s (row %i)", (name, _, pass) => {
    const after = pass.run(graph, contextWith(ledger));
    if (after === graph && before.length > 0) return;
    const outputs = outputsOf(after, inputs);
    outputs.forEach((output, index) => {
      const expected = before[index];
      if (expected === undefined) return;
      // Fusing moves work, it changes no bit; decomposing and folding replace the reference's arithmetic by the chip's.
      if (pass.takes === "patterns") expect(output.data).toEqual(expected.data);
      else expect(compare(output, expected, DEFAULT_TOLERANCE), name).toMatchObject({ equal: true });
    });
    graph = after;
    before = outputs;
  });

  test("no ONNX node is lost: it is in the graph, in the ledger, or was dead", () => {
    const known = new Set([...graph.nodes.flatMap(({ origin }) => origin), ...ledger.flatMap(({ nodes }) => nodes)]);
    const lost = imported.nodes.flatMap(({ origin }) => origin).filter((place) => !known.has(place));
    expect(lost).toEqual([]);
  });
});
