import { didYouMean, reject } from "@rdu/diagnostics";
import { type GraphPass, PASSES, passNamed } from "@rdu/fusion";
import { type Graph, parseGraph, sha256 } from "@rdu/ir";
import { type Findings, passContext, runGraphPasses } from "./graph-passes.ts";
import { type CompileEnvironment, type CompileOptions, settingsOf } from "./options.ts";
import { PassRunner } from "./pass-runner.ts";
import { type CompileReport, reportOf } from "./report.ts";

/** Text of a graph, the passes to run on it by name, and how to find what the text names by digest. */
export interface PassRequest {
  readonly text: string;
  readonly passes: readonly string[];
  readonly findPayload?: (digest: string) => Uint8Array | undefined;
}

/** Runs passes on the text of a graph, each verified. Rejects an unknown pass with E0902, and one that takes another level. */
export function runPasses(
  { text, passes, findPayload }: PassRequest,
  options: CompileOptions,
  environment: CompileEnvironment,
): { readonly graph: Graph; readonly report: CompileReport } {
  const settings = settingsOf(options);
  const findings: Findings = { ledger: [], warnings: [] };
  const chosen = passes.map(passCalled);
  const runner = new PassRunner(environment.sha256 ?? sha256, environment.sink);
  const context = passContext(settings, environment.readExternal, findings);
  let graph = parseGraph(text, { file: settings.source, ...(findPayload === undefined ? {} : { findPayload }) });
  for (const pass of chosen) {
    refuseOtherLevel(pass, graph);
    graph = runGraphPasses(graph, [pass], context, runner);
  }
  return { graph, report: reportOf(runner.reports, findings, undefined) };
}

function passCalled(name: string): GraphPass {
  const names = PASSES.map((pass) => pass.name);
  return passNamed(name) ?? reject("E0902", `there is no pass ${name}`, { hint: didYouMean(name, names) });
}

/** A pass over patterns cannot run on operators, nor the other way round. */
function refuseOtherLevel({ name, takes }: GraphPass, graph: Graph): void {
  const operators = graph.nodes.filter(({ kind }) => kind === "operator").length;
  if (takes === "patterns" && operators > 0)
    reject("E0902", `pass ${name} takes patterns, and the graph holds ${operators} operators`, {
      hint: "run decompose before it",
    });
  if (takes === "graph" && graph.nodes.some(({ outputs }) => outputs.some((id) => id !== null && !graph.types.has(id))))
    reject("E0902", `pass ${name} takes a graph whose values all have types`, { hint: "run infer-shapes before it" });
}
