import type { CompileOptions } from "@rdu/compiler";
import { CompileError, faultOf } from "@rdu/diagnostics";
import type { Graph } from "@rdu/ir";
import { load as loadPef } from "@rdu/runtime";
import { isTensor, type Value } from "@rdu/tensor";
import { compareOutputs } from "../compare-values.ts";
import { compileSource } from "../compile.ts";
import { programOf, type RunOptions } from "../load.ts";
import { type ModelSource, modelSource } from "../model-source.ts";
import { evaluateSource, importSource } from "../reference.ts";
import { type DataSet, readDataSets } from "../test-sets.ts";

export type Backend = "reference" | "rdu";

/** pass; fail: ran, wrong; error: threw; unsupported: declined, with the reason; timeout and crash: of the process that ran it. */
export type Verdict = "pass" | "fail" | "error" | "unsupported" | "timeout" | "crash";

export interface CaseOptions {
  readonly backend: Backend;
  /** Of the backend rdu. */
  readonly compile?: CompileOptions;
  readonly engine?: RunOptions["engine"];
}

export interface CaseOutcome {
  readonly verdict: Verdict;
  /** Why, when it does not pass. */
  readonly reason: string;
  /** Operators of the model, each once. */
  readonly operators: readonly string[];
  /** Element types of the inputs and outputs, each once. */
  readonly dtypes: readonly string[];
  /** What ran on the host and why; empty for the reference. */
  readonly hostCalls: readonly string[];
}

/** Runs one case: every data set must give the expected outputs within the tolerance. Whatever goes wrong is a verdict; nothing is thrown. */
export async function runCase(directory: string, options: CaseOptions): Promise<CaseOutcome> {
  const seen: Seen = { operators: [], dtypes: [], hostCalls: [] };
  try {
    const source = modelSource(`${directory}/model.onnx`);
    const graph = importSource(source);
    seen.operators = operatorsOf(graph);
    seen.dtypes = dtypesOf(graph);
    for (const set of readDataSets(directory, graph, source)) {
      const outputs =
        options.backend === "reference"
          ? evaluateSource(source, set.inputs, { asInputs: set.asInputs })
          : await runOnChip(source, importSource(source, { asInputs: set.asInputs }), set, options, seen);
      const wrong = compareOutputs(outputs, set.expected, set.tolerance).find(({ equal }) => !equal);
      if (wrong !== undefined) return { ...seen, verdict: "fail", reason: `${wrong.name}: ${wrong.reason ?? ""}` };
    }
    return { ...seen, verdict: "pass", reason: "" };
  } catch (error) {
    return { ...seen, ...verdictOf(error) };
  }
}

interface Seen {
  operators: readonly string[];
  dtypes: readonly string[];
  hostCalls: readonly string[];
}

async function runOnChip(
  source: ModelSource,
  graph: Graph,
  set: DataSet,
  options: CaseOptions,
  seen: Seen,
): Promise<Readonly<Record<string, Value>>> {
  const dims = { ...dimensionsOf(graph, set), ...options.compile?.dims };
  const compiled = compileSource(source, { ...options.compile, dims, asInputs: set.asInputs });
  seen.hostCalls = [...new Set([...seen.hostCalls, ...compiled.report.hostCalls.map(({ reason }) => reason)])];
  const loaded = programOf(
    loadPef(compiled.pef, {
      readWeight: ({ location, offset, length }) => source.readExternal(location, offset, length),
      validate: false,
    }),
  );
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  const { outputs } = await loaded.run(set.inputs, { ...engine, timing: false });
  return outputs;
}

/** Lengths of dimensions that are not fixed as the inputs of a data set have them; 1 where no input tells. */
function dimensionsOf(graph: Graph, { inputs }: DataSet): Record<string, number> {
  const dims: Record<string, number> = {};
  for (const name of graph.inputs) {
    const type = graph.types.get(name);
    const value = inputs[name];
    if (type?.kind !== "tensor" || type.shape === null) continue;
    type.shape.forEach((extent, axis) => {
      if (typeof extent === "number") return;
      const length = value !== undefined && isTensor(value) ? value.shape[axis] : undefined;
      dims[extent ?? `${name}:${axis}`] ??= length ?? 1;
    });
  }
  return dims;
}

function operatorsOf(graph: Graph): string[] {
  return [...new Set(graph.nodes.flatMap((node) => (node.kind === "operator" ? [node.op] : [])))].sort();
}

function dtypesOf(graph: Graph): string[] {
  const found = [...graph.inputs, ...graph.outputs].flatMap((name) => {
    let type = graph.types.get(name);
    while (type !== undefined && type.kind !== "tensor") type = type.element;
    return type === undefined ? [] : [type.dtype];
  });
  return [...new Set(found)].sort();
}

function verdictOf(error: unknown): { verdict: Verdict; reason: string } {
  if (!(error instanceof CompileError)) {
    const text = error instanceof Error ? error.message : String(error);
    return { verdict: "error", reason: text };
  }
  const errors = error.diagnostics.filter(({ severity }) => severity === "error");
  const declined = errors.every((found) => faultOf(found) === "unsupported" || faultOf(found) === "doesNotFit");
  return { verdict: declined ? "unsupported" : "error", reason: error.message };
}
