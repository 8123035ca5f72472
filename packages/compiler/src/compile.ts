import { locating, reject, rejectErrors } from "@rdu/diagnostics";
import type { Flow } from "@rdu/flow";
import { checkPlacement, parseFlow, parsePlacement } from "@rdu/flow";
import { type Graph, type Level, parseGraph, printGraph, printType, rejectInvalid, sha256 } from "@rdu/ir";
import { emptyMemory, lower } from "@rdu/lowering";
import { bindDimensions, importModel } from "@rdu/onnx";
import { encode, type Pef } from "@rdu/pef";
import { assignAddresses, type PlacedFlow, place } from "@rdu/placement";
import { type Findings, passContext, passesFor, runGraphPasses } from "./graph-passes.ts";
import { halveSections } from "./halve-sections.ts";
import { flowLevel, graphLevel, LEVELS, type LevelName, placedLevel } from "./levels.ts";
import { microbatchOf } from "./microbatch.ts";
import { type CompileEnvironment, type CompileOptions, optionTexts, type Settings, settingsOf } from "./options.ts";
import { PassRunner } from "./pass-runner.ts";
import { type CompileReport, reportOf } from "./report.ts";

/** Where a compilation enters: a model, or the text of a level as a dump shows it. */
export type CompileSource =
  | {
      readonly kind: "onnx";
      readonly bytes: Uint8Array;
      /** What `importModel` makes of the bytes with dimensions left symbolic, for whoever has it already. */
      readonly imported?: Graph;
    }
  | {
      readonly kind: "graph" | "flow";
      readonly text: string;
      /** Of a flow: where its units sit, in the .place form. It is checked and kept instead of a new placement. */
      readonly placement?: string;
      /** Finds the bytes of constants that stand in the text by digest. */
      readonly findPayload?: (digest: string) => Uint8Array | undefined;
    };

/** Everything that was made on the way, up to the level asked for. */
export interface Compilation {
  /** The graph after the last pass that ran on it; undefined when the compilation entered below. */
  readonly graph?: Graph;
  readonly flow?: Flow;
  readonly placed?: PlacedFlow;
  readonly pef?: Pef;
  /** The PEF's bytes, in pieces to be written one after another. */
  readonly bytes?: readonly Uint8Array[];
  readonly report: CompileReport;
}

/**
 * The whole compiler: ONNX bytes to a PEF, or any part of that way. Rejects with everything that is wrong with the model or does not
 * fit; a fault of ours names its pass and carries the text of its input.
 */
export function compileModel(
  source: CompileSource,
  options: CompileOptions,
  environment: CompileEnvironment,
  to: LevelName = "pef",
): Compilation {
  const settings = settingsOf(options);
  const findings: Findings = { ledger: [], warnings: [] };
  const made: { graph?: Graph; flow?: Flow; placed?: PlacedFlow } = {};
  const levels: { level: string; digest: string }[] = [];
  const digestOf = (bytes: Uint8Array): string => (environment.sha256 ?? sha256)(bytes);
  const runner = new PassRunner(digestOf, environment.sink);
  /** Only a PEF says what its levels were; large ones take long to print. */
  const remember = (level: LevelName, text: () => string): void => {
    if (wants("pef")) levels.push({ level, digest: digestOf(new TextEncoder().encode(text())) });
  };
  const printed = (graph: Graph): string => graphLevel("patterns").print(graph, digestOf);
  const wants = (level: LevelName): boolean => LEVELS.indexOf(level) <= LEVELS.indexOf(to);
  const finish = (more: { pef?: Pef; bytes?: readonly Uint8Array[] } = {}): Compilation => ({
    ...made,
    ...more,
    report: reportOf(runner.reports, findings, made.placed?.flow ?? made.flow),
  });

  if (source.kind !== "flow") {
    const entered = enter(source, settings, environment, runner);
    const context = passContext(settings, environment.readExternal, findings);
    const passes = passesFor(entered, settings);
    const located = <Result>(work: () => Result): Result => locating([settings.source], work);
    const typing = passes.filter((pass) => pass.takes !== "patterns" && pass.gives !== "patterns");
    const rest = passes.filter((pass) => !typing.includes(pass));
    const typed = located(() => runGraphPasses(entered, typing, context, runner));
    made.graph = typed;
    for (const warning of findings.warnings) environment.sink?.warn?.(warning);
    if (typing.length > 0) remember("graph", () => printed(typed));
    if (!wants("patterns")) return finish();
    const patterns = located(() => runGraphPasses(typed, rest, context, runner));
    made.graph = patterns;
    if (!wants("flow")) return finish();
    const fitted = lowerAndPlace(patterns, settings, runner, findings, wants("placed"));
    Object.assign(made, fitted);
    remember("patterns", () => printed(fitted.graph));
  } else {
    if (settings.microbatchSize !== undefined)
      reject("E0902", "--microbatch-size: a flow has its tiles already", {
        hint: "compile from the graph or the model",
      });
    const { findPayload } = source;
    made.flow = parseFlow(source.text, {
      file: settings.source,
      ...(findPayload === undefined ? {} : { findPayload }),
    });
    if (wants("placed"))
      made.placed =
        source.placement === undefined
          ? placed(made.flow, settings, runner)
          : placedBy(made.flow, source.placement, settings);
  }
  const { flow, placed: onChip } = made;
  if (flow !== undefined) remember("flow", () => flowLevel(settings.chip).print(flow));
  if (onChip === undefined || !wants("pef")) return finish();
  remember("placed", () => placedLevel(settings.chip).print(onChip));
  const pef = pefOf(onChip, made.graph, settings, environment, findings, levels, digestOf(bytesOf(source)));
  return finish({ pef, bytes: encode(pef) });
}

interface Fitted {
  readonly graph: Graph;
  readonly flow: Flow;
  readonly placed?: PlacedFlow;
}

/** Lowers and places, cutting sections that turn out too large in two, and single patterns along a loop, until all of them fit. */
function lowerAndPlace(
  graph: Graph,
  settings: Settings,
  runner: PassRunner,
  findings: Findings,
  placing: boolean,
): Fitted {
  const { chip } = settings;
  const memory = emptyMemory();
  for (let current = graph; ; ) {
    try {
      const flow = runner.run("lower", { value: current, print: printGraph }, flowLevel(chip), (value) =>
        lower(value, chip, { microbatch: microbatchOf(value, settings), memory }),
      );
      return placing ? { graph: current, flow, placed: placed(flow, settings, runner) } : { graph: current, flow };
    } catch (error) {
      const halved = halveSections(current, error, chip, (entry) => findings.ledger.push(entry));
      if (halved === undefined) throw error;
      current = halved;
    }
  }
}

function placed(flow: Flow, { chip, seed }: Settings, runner: PassRunner): PlacedFlow {
  return runner.run("place", { value: flow, print: flowLevel(chip).print }, placedLevel(chip), (value) =>
    place(value, chip, { seed }),
  );
}

/** A placement that somebody wrote: what is wrong with it is theirs to hear. */
function placedBy(flow: Flow, text: string, { chip, source }: Settings): PlacedFlow {
  const file = source.replace(/\.[^.]*$/, ".place");
  const placement = parsePlacement(text, file);
  const addressed = assignAddresses(flow, chip);
  locating([file], () => rejectErrors(checkPlacement(addressed, chip, placement)));
  return { flow: addressed, placement };
}

function enter(
  source: Exclude<CompileSource, { kind: "flow" }>,
  settings: Settings,
  environment: CompileEnvironment,
  runner: PassRunner,
): Graph {
  if (source.kind !== "onnx") {
    const { findPayload } = source;
    const file = settings.source;
    const graph = parseGraph(source.text, { file, ...(findPayload === undefined ? {} : { findPayload }) });
    locating([file], () => rejectInvalid(graph, levelOf(graph)));
    return graph;
  }
  const { dims, batchSize, inference, asInputs } = settings;
  const { externalLength } = environment;
  const { imported } = source;
  return runner.run("import", { value: source.bytes, print: () => "" }, graphLevel("imported"), (bytes) =>
    imported === undefined
      ? importModel(bytes, {
          file: settings.source,
          dims,
          inference,
          asInputs,
          ...(batchSize === undefined ? {} : { batchSize }),
          ...(externalLength === undefined ? {} : { externalLength }),
        })
      : locating([settings.source], () => bindDimensions(imported, dims, batchSize)),
  );
}

/** The level that a graph written by hand must keep the rules of: values of one without types get them by inference. */
function levelOf(graph: Graph): Level {
  if (graph.nodes.some(({ kind }) => kind === "operator")) return "imported";
  return graph.nodes.every(({ section }) => section !== undefined) ? "sections" : "patterns";
}

function bytesOf(source: CompileSource): Uint8Array {
  return source.kind === "onnx" ? source.bytes : new TextEncoder().encode(source.text);
}

function pefOf(
  { flow, placement }: PlacedFlow,
  graph: Graph | undefined,
  settings: Settings,
  environment: CompileEnvironment,
  findings: Findings,
  levels: readonly { level: string; digest: string }[],
  sourceDigest: string,
): Pef {
  const symbolsOf = (role: "input" | "output"): string[] =>
    flow.symbols.filter((symbol) => symbol.role === role).map(({ name }) => name);
  const inMemory = new Set(flow.symbols.map(({ name }) => name));
  const bind = (names: readonly string[]) =>
    names.map((name) => {
      const type = inMemory.has(name) ? undefined : graph?.types.get(name);
      return { name, symbol: name, ...(type === undefined ? {} : { type: printType(type) }) };
    });
  return {
    chip: settings.chip,
    flow,
    placement,
    inputs: bind(graph?.inputs ?? symbolsOf("input")),
    outputs: bind(graph?.outputs ?? symbolsOf("output")),
    provenance: {
      tool: "rdu",
      version: environment.version,
      source: settings.source,
      sourceDigest,
      options: optionTexts(settings),
      levels,
    },
    ledger: findings.ledger,
  };
}
