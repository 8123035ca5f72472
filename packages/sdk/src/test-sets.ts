import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Parser, reject } from "@rdu/diagnostics";
import { type Constant, type Graph, parseType, type ValueType } from "@rdu/ir";
import { type DeclaredInput, declaredInputs, decodeDataFile } from "@rdu/onnx";
import {
  compare,
  DEFAULT_TOLERANCE,
  elementCount,
  fromNumbers,
  type Tensor,
  type Tolerance,
  type Value,
} from "@rdu/tensor";
import { readFile } from "./files.ts";
import type { Program } from "./load.ts";
import { constantReader, type ModelSource } from "./model-source.ts";

/** One test_data_set of a model: what to feed and what to expect, by the names of the graph. */
export interface DataSet {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly expected: Readonly<Record<string, Value>>;
  readonly tolerance: Tolerance;
  /** Inputs among them that have an initializer in the model, of another value. */
  readonly asInputs: readonly string[];
}

/**
 * The data sets beside a model in the layout of the ONNX backend tests: `test_data_set_K/{input,output}_I.pb`, or those files in the folder itself;
 * `data.json` beside them may override the tolerances and ask for `"inputs": "ramp"`. Files go one to one to the inputs of the graph, or, where there
 * are as many as the model lists, to those with an initializer too: of these only such as differ from it are fed. Rejects with E0903 when there is
 * no data set.
 */
export function readDataSets(folder: string, graph: Graph, source: ModelSource): DataSet[] {
  return readFor(folder, {
    inputs: graph.inputs,
    outputs: graph.outputs,
    typeOf: (name) => graph.types.get(name),
    declared: () => declaredInputs(source.bytes),
    readConstant: constantReader(source),
  });
}

/** The first data set of a folder for a loaded program: its inputs and outputs in the order of the model. */
export function readDataFolder(folder: string, { inputs, outputs }: Pick<Program, "inputs" | "outputs">): DataSet {
  const all = [...inputs, ...outputs];
  const names = inputs.map(({ name }) => name);
  const [first] = readFor(folder, {
    inputs: names,
    outputs: outputs.map(({ name }) => name),
    typeOf: (wanted) => typeOfParameter(all.find(({ name }) => name === wanted)),
  });
  return first ?? reject("E0903", `${folder} holds no test data`);
}

/** The type of a program's input or output; undefined where the PEF does not say it. */
export function typeOfParameter(parameter: Program["inputs"][number] | undefined): ValueType | undefined {
  const { dtype, shape, type } = parameter ?? {};
  if (type !== undefined) return parseType(new Parser(type, "the PEF"));
  return dtype === undefined || shape === undefined ? undefined : { kind: "tensor", dtype, shape };
}

/** What data is read for. */
interface Interface {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly typeOf: (name: string) => ValueType | undefined;
  /** Every input that the model lists, those with an initializer too; a PEF does not know them. */
  readonly declared?: () => readonly DeclaredInput[];
  readonly readConstant?: (constant: Constant) => Tensor;
}

function readFor(folder: string, target: Interface): DataSet[] {
  const settings = settingsOf(folder);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^test_data_set_\d+$/.test(name)) : [];
  names.sort((a, b) => Number(a.slice(14)) - Number(b.slice(14)));
  const folders = names.length > 0 ? names.map((name) => join(folder, name)) : [folder];
  const sets = folders.filter(
    (candidate) => existsSync(join(candidate, "output_0.pb")) || existsSync(join(candidate, "input_0.pb")),
  );
  if (sets.length === 0)
    reject("E0903", `${folder} holds no test data: expected test_data_set_0/input_0.pb and output_0.pb`);
  return sets.map((path) => dataSet(path, target, settings));
}

interface Settings {
  readonly tolerance: Tolerance;
  readonly ramp: boolean;
}

function settingsOf(folder: string): Settings {
  const path = [join(folder, "data.json"), join(folder, "..", "data.json")].find((candidate) => existsSync(candidate));
  const given: unknown = path === undefined ? {} : JSON.parse(new TextDecoder().decode(readFile(path)));
  const fields =
    typeof given === "object" && given !== null ? new Map(Object.entries(given)) : new Map<string, unknown>();
  const number = (key: string, otherwise: number): number => {
    const value = fields.get(key);
    return typeof value === "number" ? value : otherwise;
  };
  return {
    tolerance: { rtol: number("rtol", DEFAULT_TOLERANCE.rtol), atol: number("atol", DEFAULT_TOLERANCE.atol) },
    ramp: fields.get("inputs") === "ramp",
  };
}

function dataSet(path: string, target: Interface, { tolerance, ramp }: Settings): DataSet {
  const { outputs, typeOf } = target;
  const files = numbered(path, "input");
  const fed = inputsOf(files, target);
  const inputs: Record<string, Value> = {};
  const asInputs: string[] = [];
  if (files.length === 0 && ramp) for (const name of target.inputs) inputs[name] = rampOf(name, typeOf(name));
  files.forEach((file, index) => {
    const { name, default: otherwise } = fed[index] ?? reject("E0801", `${file} has no input to go to`);
    const value = decodeDataFile(readFile(file), typeOf(name));
    if (otherwise !== undefined && target.readConstant !== undefined) {
      if (compare(value, target.readConstant(otherwise()), EXACTLY).equal) return;
      asInputs.push(name);
    }
    inputs[name] = value;
  });
  const expected: Record<string, Value> = {};
  numbered(path, "output").forEach((file, index) => {
    const name = outputs[index];
    if (name === undefined) reject("E0811", `${file}: the graph has ${outputs.length} outputs`);
    expected[name] = decodeDataFile(readFile(file), typeOf(name));
  });
  return { name: path, inputs, expected, tolerance, asInputs };
}

/** Bits may differ in the sign of a zero and in what a NaN carries. */
const EXACTLY: Tolerance = { rtol: 0, atol: 0 };

/** The inputs that files go to, in their order. */
function inputsOf(files: readonly string[], { inputs, declared }: Interface): readonly DeclaredInput[] {
  const first = files[inputs.length];
  if (first === undefined) return inputs.map((name) => ({ name }));
  const all = declared?.() ?? [];
  if (all.length === files.length) return all;
  return reject("E0801", `${first} has no input to go to: the graph takes ${inputs.join(", ")}`, {
    hint: "an input that has an initializer is a constant, unless --as-input names it",
  });
}

function numbered(folder: string, stem: string): string[] {
  const files: string[] = [];
  for (let index = 0; existsSync(join(folder, `${stem}_${index}.pb`)); index += 1)
    files.push(join(folder, `${stem}_${index}.pb`));
  return files;
}

/** x[i] = float32(i / n) in row-major order; a dimension that is not known counts as 1. */
function rampOf(name: string, type: ValueType | undefined): Value {
  if (type?.kind !== "tensor" || type.shape === null) reject("E0803", `${name} has no shape to make a ramp of`);
  const shape = type.shape.map((extent) => (typeof extent === "number" ? extent : 1));
  const count = elementCount(shape);
  return fromNumbers(
    "float32",
    shape,
    Float64Array.from({ length: count }, (_, index) => index / count),
  );
}
