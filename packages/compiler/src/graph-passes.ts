import type { Diagnostic } from "@rdu/diagnostics";
import { sectionBudget } from "@rdu/flow";
import { type GraphPass, type PassContext, pipelineFor } from "@rdu/fusion";
import { constantTensor, type Graph, type ReadBytes } from "@rdu/ir";
import { estimateNeeds, estimateWork } from "@rdu/lowering";
import type { LedgerEntry } from "@rdu/pef";
import { graphLevel } from "./levels.ts";
import type { Settings } from "./options.ts";
import type { PassRunner } from "./pass-runner.ts";

/** The pass after which every node belongs to a section. */
const CUTTING = "cut-sections";

/** What the passes told while they ran. */
export interface Findings {
  readonly ledger: LedgerEntry[];
  readonly warnings: Diagnostic[];
}

/** The context that the fusion stage runs in: settings, constants, the chip's budget. */
export function passContext(settings: Settings, readExternal: ReadBytes, findings: Findings): PassContext {
  const { optimize, fusion, precision, rules, chip } = settings;
  return {
    optimize,
    fusion,
    precision,
    rules: [...rules].sort((a, b) => b.priority - a.priority),
    readConstant: (constant) => constantTensor(constant, readExternal),
    estimate: (nodes, graph) => estimateNeeds(nodes, graph, chip),
    work: (node, graph) => estimateWork(node, graph, chip),
    budget: sectionBudget(chip),
    record: (entry) => findings.ledger.push(entry),
    warn: (warning) => findings.warnings.push(warning),
  };
}

/** The passes of the fusion stage that lead from `graph` to sections, those skipped that it has behind it. */
export function passesFor(graph: Graph, settings: Settings): readonly GraphPass[] {
  const all = pipelineFor(settings.optimize);
  if (graph.nodes.some(({ kind }) => kind === "operator")) return all;
  const patterns = all.filter((pass) => pass.takes === "patterns");
  const cut = graph.nodes.every(({ section }) => section !== undefined);
  return cut && graph.nodes.length > 0 ? [] : patterns;
}

export function runGraphPasses(
  graph: Graph,
  passes: readonly GraphPass[],
  context: PassContext,
  runner: PassRunner,
): Graph {
  return passes.reduce((current, pass) => {
    const level = graphLevel(pass.gives, pass.name === CUTTING);
    return runner.run(pass.name, { value: current, print: level.print }, level, (value) => pass.run(value, context));
  }, graph);
}
