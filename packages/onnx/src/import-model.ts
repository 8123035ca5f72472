import { CompileError, didYouMean, locating, reject } from "@rdu/diagnostics";
import type { Graph } from "@rdu/ir";
import { bindDimensions } from "./bind-dimensions.ts";
import { inputsWithDefault } from "./default-inputs.ts";
import { forwardOnly } from "./forward-only.ts";
import { canonicalDomain, functionKey, type ImportContext, Scope } from "./import-context.ts";
import { importGraph } from "./import-graph.ts";
import type { ExternalLength } from "./import-tensor.ts";
import { modelOpsets } from "./opsets.ts";
import type { FunctionProto, GraphProto, ModelProto } from "./proto-types.ts";
import { decodeModel } from "./wire.ts";

export interface ImportOptions {
  /** Name of the file; the first segment of every diagnostic's path. */
  readonly file?: string;
  /** Length in bytes of an external data file by its checked location; absent: not looked at before it is read. */
  readonly externalLength?: ExternalLength;
  /** Lengths of symbolic dimensions by name, see `bindDimensions`. */
  readonly dims?: Readonly<Record<string, number>>;
  readonly batchSize?: number;
  /** Leave dimensions symbolic instead of rejecting those that `dims` does not bind. */
  readonly keepSymbolic?: boolean;
  /** Take the model as it is meant once training is over, see `forwardOnly`. */
  readonly inference?: boolean;
  /** Inputs that have an initializer, by name: the run feeds them, and their default counts for nothing. All others are constants. */
  readonly asInputs?: readonly string[];
}

/**
 * The graph of an ONNX model, given as the bytes of a file or as a message built in memory, at level "imported": local
 * functions expanded, Constant nodes and initializers as constants by reference, every operator as the model has it.
 *
 * Rejects with every problem found: E0101 to E0110, E0203 for dimensions that nothing binds, E0303, E0305.
 */
export function importModel(model: Uint8Array | ModelProto, options: ImportOptions = {}): Graph {
  return locating(options.file === undefined ? [] : [options.file], () => {
    const decoded = model instanceof Uint8Array ? decodeModel(model) : model;
    if (!decoded.graph) reject("E0110", "");
    const { asInputs = [] } = options;
    rejectUnknownDefaults(asInputs, decoded.graph);
    const context: ImportContext = {
      functions: functionsOf(decoded),
      problems: [],
      nodeCount: 0,
      asInputs: new Set(asInputs),
      ...(options.externalLength === undefined ? {} : { externalLength: options.externalLength }),
    };
    const whole = importGraph(decoded.graph, {
      context,
      scope: Scope.ofModel(),
      opsets: modelOpsets(decoded),
      bindings: undefined,
      callPath: "",
      graphPath: "",
      calls: [],
    });
    if (context.problems.length > 0) throw new CompileError(context.problems);
    const graph = options.inference ? forwardOnly(whole) : whole;
    return options.keepSymbolic ? graph : bindDimensions(graph, options.dims, options.batchSize);
  });
}

function rejectUnknownDefaults(names: readonly string[], graph: GraphProto): void {
  const known = inputsWithDefault(graph).map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    reject("E0902", `"${name}" is no input that has an initializer`, { hint: didYouMean(name, known) });
  }
}

function functionsOf(model: ModelProto): ReadonlyMap<string, FunctionProto> {
  const functions = new Map<string, FunctionProto>();
  for (const definition of model.functions ?? []) {
    const { name, overload } = definition;
    if (!name) reject("E0109", "a function has no name");
    const key = functionKey(canonicalDomain(definition.domain), name, overload ?? "");
    if (functions.has(key)) reject("E0109", `function "${name}" is defined twice`);
    functions.set(key, definition);
  }
  return functions;
}
