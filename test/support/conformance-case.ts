import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CompileError } from "@rdu/diagnostics";
import type { Graph, ReadBytes } from "@rdu/ir";
import { decodeDataFile, importModel } from "@rdu/onnx";
import { compare, DEFAULT_TOLERANCE, elementCount, type Tensor, type Tolerance, type Value } from "@rdu/tensor";

/** One case of an ONNX backend test tree: a model and data sets with inputs and expected outputs. */
export interface ConformanceCase {
  readonly graph: Graph;
  readonly readBytes: ReadBytes;
  readonly tolerance: Tolerance;
  readonly sets: readonly { readonly inputs: ReadonlyMap<string, Value>; readonly expected: readonly Value[] }[];
}

export interface Verdict {
  readonly verdict: "pass" | "fail" | "error" | "unsupported";
  readonly reason: string;
}

/** Reads `<directory>/{model.onnx, data.json?, test_data_set_K/{input,output}_I.pb}`. */
export function readCase(directory: string): ConformanceCase {
  const graph = importModel(new Uint8Array(readFileSync(join(directory, "model.onnx"))), { keepSymbolic: true });
  const settings = existsSync(join(directory, "data.json"))
    ? (JSON.parse(readFileSync(join(directory, "data.json"), "utf8")) as Partial<Tolerance> & { inputs?: string })
    : {};
  const sets = readdirSync(directory)
    .filter((name) => name.startsWith("test_data_set_"))
    .sort();
  return {
    graph,
    readBytes: (location, offset, length) => readFileSync(join(directory, location)).subarray(offset, offset + length),
    tolerance: { ...DEFAULT_TOLERANCE, ...settings },
    sets: sets.map((set) => readSet(graph, join(directory, set), settings.inputs === "ramp")),
  };
}

function readSet(graph: Graph, directory: string, ramp: boolean): ConformanceCase["sets"][number] {
  const files = readdirSync(directory);
  const read = (kind: string, names: readonly string[]): Value[] =>
    names.flatMap((name, index) => {
      if (!files.includes(`${kind}_${index}.pb`)) return [];
      return [
        decodeDataFile(new Uint8Array(readFileSync(join(directory, `${kind}_${index}.pb`))), graph.types.get(name)),
      ];
    });
  const constants = new Set(graph.constants.map(({ id }) => id));
  const count = files.filter((name) => name.startsWith("input_")).length;
  const fed =
    ramp || count !== graph.inputs.length ? graph.inputs.filter((name) => !constants.has(name)) : graph.inputs;
  const values = ramp ? fed.map((name) => rampOf(graph, name)) : read("input", fed);
  return {
    inputs: new Map(values.map((value, index) => [fed[index] as string, value])),
    expected: read("output", graph.outputs),
  };
}

/** x[i] = float32(i / n). */
function rampOf(graph: Graph, name: string): Tensor {
  const type = graph.types.get(name);
  const dims = type?.kind === "tensor" ? (type.shape ?? []) : [];
  const shape = dims.map((extent) => (typeof extent === "number" ? extent : 1));
  const count = elementCount(shape);
  return { dtype: "float32", shape, data: Float32Array.from({ length: count }, (_, i) => i / count) };
}

/** Judges one case: every data set must give the expected outputs within the tolerance. */
export function judge(
  directory: string,
  evaluate: (graph: Graph, inputs: ReadonlyMap<string, Value>, read: ReadBytes) => readonly Value[],
): Verdict {
  try {
    const { graph, readBytes, tolerance, sets } = readCase(directory);
    for (const { inputs, expected } of sets) {
      const outputs = evaluate(graph, inputs, readBytes);
      for (const [index, value] of expected.entries()) {
        const result = compare(outputs[index] as Value, value, tolerance);
        if (!result.equal) return { verdict: "fail", reason: `${graph.outputs[index]}: ${result.reason}` };
      }
    }
    return { verdict: "pass", reason: "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const declined = error instanceof CompileError && /E03(01|02|06)/.test(reason);
    return { verdict: declined ? "unsupported" : "error", reason: declined ? reason : `${reason}` };
  }
}
