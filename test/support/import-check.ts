import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Graph, parseGraph, payloadsOf, printGraph, verify } from "@rdu/ir";
import { decodeModel, encodeModel, exportModel, importModel, type ModelProto } from "@rdu/onnx";
import onnxProto from "onnx-proto";
import { expect } from "vitest";

/** Every model.onnx under a folder, by its path in it. */
export function modelsUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("model.onnx"))
    .sort();
}

export function bytesOf(folder: string, path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, path)));
}

function importFile(folder: string, path: string): Graph {
  const beside = join(folder, path, "..");
  return importModel(bytesOf(folder, path), {
    file: path,
    keepSymbolic: true,
    externalLength: (location) => {
      const file = join(beside, location);
      return existsSync(file) ? statSync(file).size : undefined;
    },
  });
}

/** One version for each domain, as a model file has it. */
function withUniformVersions(graph: Graph): Graph {
  const newest = new Map<string, number>();
  const domainOf = (op: string): string => op.slice(0, Math.max(op.lastIndexOf("."), 0));
  for (const node of graph.nodes) {
    if (node.kind === "operator")
      newest.set(domainOf(node.op), Math.max(node.version, newest.get(domainOf(node.op)) ?? 0));
  }
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.kind === "operator" ? { ...node, version: newest.get(domainOf(node.op)) ?? 0 } : node,
    ),
  };
}

/** What must hold of any model that imports. */
export function checkImport(folder: string, path: string): void {
  const graph = importFile(folder, path);
  expect(verify(graph, "imported")).toEqual([]);
  const text = printGraph(graph);
  const payloads = payloadsOf(graph);
  expect(printGraph(parseGraph(text, { findPayload: (digest) => payloads.get(digest) }))).toBe(text);

  const uniform = withUniformVersions(graph);
  const again = importModel(encodeModel(exportModel(uniform)), { keepSymbolic: true });
  expect(printGraph(again)).toBe(printGraph(uniform));
}

/** The onnx-proto package's decoder on the same bytes gives the same graph, as far as it knows the format. */
export function checkAgainstOnnxProto(folder: string, path: string): void {
  const bytes = bytesOf(folder, path);
  if (Number(decodeModel(bytes).irVersion ?? 0) > 8) return;
  const theirs: ModelProto = onnxProto.onnx.ModelProto.decode(bytes);
  expect(printGraph(importModel(theirs, { keepSymbolic: true }))).toBe(printGraph(importFile(folder, path)));
}
