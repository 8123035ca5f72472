import type { CompileOptions, CompileReport } from "@rdu/compiler";
import { invariant, reject } from "@rdu/diagnostics";
import type { Precision } from "@rdu/fusion";
import { load as loadPef } from "@rdu/runtime";
import type { ProgramTiming } from "@rdu/simulator";
import { cast, compareTensors, DEFAULT_TOLERANCE, isTensor, type Tolerance, type Value } from "@rdu/tensor";
import { compareOutputs, type OutputComparison } from "./compare-values.ts";
import { compileSource } from "./compile.ts";
import { firstDivergingPass } from "./each-pass.ts";
import { programOf, type RunOptions } from "./load.ts";
import { type Model, type ModelSource, modelSource } from "./model-source.ts";
import { toleranceOf } from "./precision-tolerance.ts";
import { evaluateSource, importSource } from "./reference.ts";
import { randomTensor } from "./tensor-files.ts";
import { type DataSet, readDataSets } from "./test-sets.ts";

export interface VerifyOptions {
  readonly compile?: CompileOptions;
  /** Folder with test data sets; without it inputs are made up and compared with the reference alone. */
  readonly data?: string;
  readonly tolerance?: Tolerance;
  readonly engine?: RunOptions["engine"];
  /** Look for the first operator that diverges even when the outputs agree. */
  readonly everyValue?: boolean;
  /** Finish the compilation from the graph after each pass, and name the first pass whose results differ from the reference. */
  readonly eachPass?: boolean;
}

export interface VerifiedSet {
  readonly name: string;
  /** Against the outputs that came with the model; empty without data. */
  readonly shipped: readonly OutputComparison[];
  readonly reference: readonly OutputComparison[];
  readonly timing?: ProgramTiming;
  /** The first value, in the order of the reference, that differs from it. */
  readonly divergence?: Divergence;
}

export interface Divergence {
  readonly value: string;
  /** ONNX nodes that make it. */
  readonly origin: readonly string[];
  readonly maxAbs: number;
  readonly maxRel: number;
  readonly maxUlp: number;
  /** The level it was found at: the one asked for, or -O0, where every operator's result can be seen. */
  readonly optimize: number;
}

export interface Verification {
  readonly passed: boolean;
  readonly report: CompileReport;
  readonly sets: readonly VerifiedSet[];
  readonly precision: Precision;
  /** Allowed besides the tolerance of the data because values are rounded to bfloat16, as a share of a tensor's largest; 0 under fp32. */
  readonly allowedOfLargest: number;
  /** With `eachPass`: the first pass that diverges, or null when none does. */
  readonly firstPass?: string | null;
}

/** Compiles a model, runs it on the software RDU and compares it with the shipped outputs and with the reference, value by value where they differ. */
export async function verify(model: Model, options: VerifyOptions = {}): Promise<Verification> {
  const source = modelSource(model);
  const bound = options.compile ?? {};
  const { precision = "fp32" } = bound;
  const graph = importSource(source, bound);
  const sets = options.data === undefined ? [madeUp(source, options)] : readDataSets(options.data, graph, source);
  const verified: VerifiedSet[] = [];
  let report: CompileReport | undefined;
  for (const set of sets) {
    const compileOptions = optionsFor(source, set, bound);
    const compiled = compileSource(source, compileOptions);
    report ??= compiled.report;
    verified.push(await verifySet(source, compiled.pef, set, compileOptions, options));
  }
  invariant(report !== undefined, "a verification has at least one data set");
  const [first] = sets;
  const firstPass =
    options.eachPass && first !== undefined
      ? {
          firstPass: await firstDivergingPass(source, first, optionsFor(source, first, bound), options.tolerance),
        }
      : {};
  const agrees = (comparisons: readonly OutputComparison[]): boolean => comparisons.every(({ equal }) => equal);
  return {
    passed: verified.every(({ shipped, reference }) => agrees(shipped) && agrees(reference)),
    report,
    sets: verified,
    precision,
    allowedOfLargest: options.tolerance === undefined ? (toleranceOf(precision, DEFAULT_TOLERANCE).ofLargest ?? 0) : 0,
    ...firstPass,
  };
}

async function verifySet(
  source: ModelSource,
  pef: Uint8Array,
  set: DataSet,
  compile: CompileOptions,
  options: VerifyOptions,
): Promise<VerifiedSet> {
  const values = new Map<string, { value: Value; origin: readonly string[] }>();
  const expected = evaluateSource(source, set.inputs, {
    ...compile,
    onValue: (name, value, origin) => {
      values.set(name, { value, origin });
    },
  });
  const program = programOf(loadPef(pef, { readWeight: weightsOf(source), validate: true }));
  const seen = new Map<string, Value>();
  const { outputs, timing } = await program.run(set.inputs, {
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    onTensor: (symbol, read) => {
      seen.set(symbol, read());
    },
  });
  const tolerance = options.tolerance ?? toleranceOf(compile.precision ?? "fp32", set.tolerance);
  const reference = compareOutputs(outputs, expected, tolerance);
  const shipped = compareOutputs(outputs, set.expected, tolerance);
  const wrong = [...reference, ...shipped].some(({ equal }) => !equal);
  const divergence =
    wrong || options.everyValue ? await firstDivergence(source, set, compile, values, seen, tolerance) : undefined;
  return {
    name: set.name,
    shipped,
    reference,
    ...(timing === undefined ? {} : { timing }),
    ...(divergence === undefined ? {} : { divergence }),
  };
}

/** Compares what the run wrote with the reference; when no value of the run itself tells, runs again at -O0, where each operator's result is stored. */
async function firstDivergence(
  source: ModelSource,
  set: DataSet,
  compile: CompileOptions,
  values: ReadonlyMap<string, { value: Value; origin: readonly string[] }>,
  seen: ReadonlyMap<string, Value>,
  tolerance: Tolerance,
): Promise<Divergence | undefined> {
  if ((compile.optimize ?? 1) !== 0) {
    const plain = compileSource(source, { ...compile, optimize: 0 });
    const program = programOf(loadPef(plain.pef, { readWeight: weightsOf(source) }));
    const all = new Map<string, Value>();
    await program.run(set.inputs, { timing: false, onTensor: (symbol, read) => void all.set(symbol, read()) });
    const found = compareSeen(values, all, tolerance, 0);
    if (found !== undefined) return found;
  }
  return compareSeen(values, seen, tolerance, compile.optimize ?? 1);
}

function compareSeen(
  values: ReadonlyMap<string, { value: Value; origin: readonly string[] }>,
  seen: ReadonlyMap<string, Value>,
  tolerance: Tolerance,
  optimize: number,
): Divergence | undefined {
  for (const [name, { value, origin }] of values) {
    const found = seen.get(name);
    if (found === undefined || !isTensor(found) || !isTensor(value)) continue;
    const widened = found.dtype === "bfloat16" && value.dtype === "float32" ? cast(found, "float32") : found;
    const { equal, maxAbs, maxRel, maxUlp } = compareTensors(widened, value, tolerance);
    if (!equal) return { value: name, origin, maxAbs, maxRel, maxUlp, optimize };
  }
  return undefined;
}

function weightsOf(source: ModelSource) {
  return ({ location, offset, length }: { location: string; offset: number; length: number }): Uint8Array =>
    source.readExternal(location, offset, length);
}

/** The options with what a data set says: lengths of symbolic dimensions, and constants that it feeds. */
function optionsFor(source: ModelSource, set: DataSet, given: CompileOptions): CompileOptions {
  const bound = { ...given, asInputs: [...(given.asInputs ?? []), ...set.asInputs] };
  const graph = importSource(source, bound);
  const dims: Record<string, number> = { ...bound.dims };
  for (const [name, value] of Object.entries(set.inputs)) {
    const type = graph.types.get(name);
    if (type?.kind !== "tensor" || type.shape === null || !isTensor(value)) continue;
    type.shape.forEach((extent, axis) => {
      const length = value.shape[axis];
      const key = extent ?? `${name}:${axis}`;
      if (typeof key === "string" && length !== undefined) dims[key] ??= length;
    });
  }
  return { ...bound, dims };
}

function madeUp(source: ModelSource, options: VerifyOptions): DataSet {
  const { pef } = compileSource(source, options.compile ?? {});
  const { inputs } = programOf(loadPef(pef, { readWeight: weightsOf(source) }));
  const values = inputs.map(({ name, dtype, shape }) => {
    if (dtype === undefined || shape === undefined) reject("E0802", `${name} is no tensor and cannot be made up`);
    return [name, randomTensor({ name, dtype, shape })] as const;
  });
  return {
    name: "made-up inputs",
    inputs: Object.fromEntries(values),
    expected: {},
    tolerance: options.tolerance ?? DEFAULT_TOLERANCE,
    asInputs: [],
  };
}
