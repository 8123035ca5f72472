import { CompileError, faultOf, InvariantError } from "@rdu/diagnostics";
import type { Graph } from "@rdu/ir";
import { encodeModel, exportModel } from "@rdu/onnx";
import { type CompileOptions, compile, load, type Program } from "@rdu/sdk";
import { isTensor, type Value } from "@rdu/tensor";
import { CaseComparison, elements } from "./compare-case.ts";
import type { FuzzCase } from "./graph-draft.ts";

/** What went wrong, in which of the ways that are told apart while reducing. */
export interface Failure {
  readonly kind: "refused" | "crash" | "differs" | "engines differ";
  readonly optimize: Level;
  readonly detail: string;
}

export interface Judgement {
  readonly failure?: Failure;
  /** Host calls at -O1. */
  readonly hostCalls: number;
  /** Levels at which the graph does not fit the chip; a failure on all but the small ones. */
  readonly unfit: number;
}

export const OPTIMIZE = [0, 1, 3] as const;
export type Level = (typeof OPTIMIZE)[number];

/** What all levels of a case are compiled with besides. */
export interface Target extends Required<Pick<CompileOptions, "chip" | "seed" | "fusion">> {
  /** Inputs have lengths by name, which are bound while compiling. */
  readonly symbolic: boolean;
}

/**
 * Compiles the case at every level of optimisation, runs both engines, and compares with the reference and the engines with each other
 * (bit for bit). A level that gives the program of an earlier one is not run again.
 */
export async function judgeCase(
  fuzz: FuzzCase,
  target: Target,
  levels: readonly Level[] = OPTIMIZE,
): Promise<Judgement> {
  const { symbolic, ...options } = target;
  const { graph, dims } = symbolic ? withNamedLengths(fuzz.graph) : { graph: fuzz.graph, dims: {} };
  const model = encodeModel(exportModel(graph));
  const comparison = new CaseComparison(fuzz);
  const seen = new Set<string>();
  let [hostCalls, unfit] = [0, 0];
  for (const optimize of levels) {
    const fail = (kind: Failure["kind"], detail: string): Judgement => ({
      hostCalls,
      unfit,
      failure: { kind, optimize, detail },
    });
    try {
      const { pef, program, report } = await compile(model, { optimize, dims, ...options });
      if (optimize === 1) hostCalls = report.hostCalls.length;
      const placed = program.provenance.levels.find(({ level }) => level === "placed")?.digest ?? "";
      if (seen.has(placed)) continue;
      seen.add(placed);
      const found = await outcomeOf(fuzz, await load(pef), comparison);
      if (found !== undefined) return fail(...found);
    } catch (error) {
      if (doesNotFit(error) && target.chip.name.startsWith("mini")) {
        unfit += 1;
        continue;
      }
      if (error instanceof CompileError) return fail("refused", error.message);
      if (!(error instanceof Error)) throw error;
      const where = error instanceof InvariantError && error.pass !== undefined ? ` in ${error.pass}` : "";
      return fail("crash", `${error.name}: ${error.message.slice(0, 400)}${where}\n${error.stack ?? ""}`);
    }
  }
  return { hostCalls, unfit };
}

/** The graph with a name for each length of its inputs, and what the names stand for. */
function withNamedLengths(graph: Graph): { readonly graph: Graph; readonly dims: Readonly<Record<string, number>> } {
  const dims: Record<string, number> = {};
  const types = new Map(graph.types);
  for (const id of graph.inputs) {
    const type = graph.types.get(id);
    if (type?.kind !== "tensor" || type.shape === null) continue;
    const shape = type.shape.map((extent) => {
      if (typeof extent !== "number") return extent;
      dims[`n${extent}`] = extent;
      return `n${extent}`;
    });
    types.set(id, { ...type, shape });
  }
  return { graph: { ...graph, types }, dims };
}

function doesNotFit(error: unknown): boolean {
  return error instanceof CompileError && error.diagnostics.every((each) => faultOf(each) === "doesNotFit");
}

/** How the program of a case differs from the reference, or its engines from each other. */
async function outcomeOf(
  { graph, inputs }: FuzzCase,
  program: Program,
  comparison: CaseComparison,
): Promise<[Failure["kind"], string] | undefined> {
  const given = Object.fromEntries(inputs);
  const fast = await program.run(given, { engine: "fast" });
  const exact = await program.run(given, { engine: "exact", timing: false });
  for (const id of graph.outputs) {
    const difference = comparison.difference(id, fast.outputs[id]);
    if (difference !== undefined) return ["differs", `${id}: ${difference}`];
    const engines = engineDifference(fast.outputs[id], exact.outputs[id]);
    if (engines !== undefined) return ["engines differ", `${id}: ${engines}`];
  }
  return undefined;
}

/** Unequal bits. Which NaN it is, is left open; the sign of zero is not. */
function engineDifference(fast: Value | undefined, exact: Value | undefined): string | undefined {
  if (fast === undefined || exact === undefined || !isTensor(fast) || !isTensor(exact)) return "no tensor";
  const [quick, slow] = [elements(fast), elements(exact)];
  const at = Array.from(quick).findIndex((element, index) => !Object.is(element, slow[index]));
  return at === -1 ? undefined : `element ${at} is ${shown(quick[at])} fast, ${shown(slow[at])} exact`;
}

function shown(element: number | bigint | string | undefined): string {
  return Object.is(element, -0) ? "-0" : String(element);
}
