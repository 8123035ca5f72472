import { reject } from "@rdu/diagnostics";
import type { Constant } from "@rdu/ir";
import { importSparseTensor, sparseName } from "./import-sparse.ts";
import { importTensor } from "./import-tensor.ts";
import type { GraphProto } from "./proto-types.ts";
import { decodeModel } from "./wire.ts";

/** An input of a model in the order of the file, with the constant that stands for it where nobody feeds it. */
export interface DeclaredInput {
  readonly name: string;
  readonly default?: () => Constant;
}

/** Every input that an ONNX file lists: IR version 3 has all weights among them, later ones those that a run may replace. */
export function declaredInputs(bytes: Uint8Array): readonly DeclaredInput[] {
  const { graph } = decodeModel(bytes);
  if (!graph) return reject("E0110", "");
  const defaults = new Map(inputsWithDefault(graph).map((input) => [input.name, input]));
  return (graph.input ?? []).map(({ name }) => defaults.get(name ?? "") ?? { name: name ?? "" });
}

/** Those of a graph's inputs that have an initializer. */
export function inputsWithDefault(graph: GraphProto): readonly Required<DeclaredInput>[] {
  const dense = new Map((graph.initializer ?? []).map((tensor) => [tensor.name ?? "", tensor]));
  const sparse = new Map((graph.sparseInitializer ?? []).map((tensor) => [sparseName(tensor), tensor]));
  return (graph.input ?? []).flatMap(({ name = "" }) => {
    const id = name ?? "";
    const [tensor, thin] = [dense.get(id), sparse.get(id)];
    if (tensor !== undefined) return [{ name: id, default: () => importTensor(id, tensor) }];
    return thin === undefined ? [] : [{ name: id, default: () => importSparseTensor(id, thin) }];
  });
}
