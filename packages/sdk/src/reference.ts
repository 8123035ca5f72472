import type { Graph } from "@rdu/ir";
import { importModel } from "@rdu/onnx";
import { evaluateGraph } from "@rdu/reference";
import type { Value } from "@rdu/tensor";
import { constantReader, type Model, type ModelSource, modelSource } from "./model-source.ts";

export interface ReferenceOptions {
  readonly dims?: Readonly<Record<string, number>>;
  readonly batchSize?: number;
  /** Evaluate the model as it is meant once training is over. */
  readonly inference?: boolean;
  /** Inputs that have an initializer, by name, and are fed all the same. */
  readonly asInputs?: readonly string[];
  /** Sees every value as soon as it is known, with the path of the node that made it. */
  readonly onValue?: (name: string, value: Value, origin: readonly string[]) => void;
}

/** The value of each output of a model by the reference evaluator: slow, obvious, independent of the compiler. */
export async function reference(
  model: Model,
  inputs: Readonly<Record<string, Value>>,
  options: ReferenceOptions = {},
): Promise<Readonly<Record<string, Value>>> {
  return evaluateSource(modelSource(model), inputs, options);
}

export function evaluateSource(
  source: ModelSource,
  inputs: Readonly<Record<string, Value>>,
  options: ReferenceOptions = {},
): Readonly<Record<string, Value>> {
  const graph = importSource(source, options);
  const { onValue } = options;
  const outputs = evaluateGraph(graph, new Map(Object.entries(inputs)), {
    readConstant: constantReader(source),
    ...(onValue === undefined ? {} : { onValue: (name, value, node) => onValue(name, value, node?.origin ?? []) }),
  });
  return Object.fromEntries(outputs);
}

/** The graph of a model as it stands, dimensions that are not bound left symbolic. */
export function importSource(
  source: ModelSource,
  options: Pick<ReferenceOptions, "dims" | "batchSize" | "inference" | "asInputs"> = {},
): Graph {
  return importModel(source.bytes, {
    file: source.name,
    keepSymbolic: true,
    externalLength: source.externalLength,
    ...(options.dims === undefined ? {} : { dims: options.dims }),
    ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
    ...(options.asInputs === undefined ? {} : { asInputs: options.asInputs }),
    inference: options.inference === true,
  });
}
