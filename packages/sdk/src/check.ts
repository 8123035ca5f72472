import type { CompileOptions } from "@rdu/compiler";
import { CompileError, type Diagnostic } from "@rdu/diagnostics";
import type { Graph, Node } from "@rdu/ir";
import { operatorOf, unsupportedNodes } from "@rdu/ops";
import { compileTo } from "./compile.ts";
import { type Model, modelSource } from "./model-source.ts";
import { importSource } from "./reference.ts";

/** What becomes of one operator (at one version) of a model. */
export interface OperatorCheck {
  readonly op: string;
  readonly version: number;
  readonly nodes: number;
  /** Nodes with patterns on the chip, and the patterns they become. */
  readonly onChip: number;
  readonly patterns: number;
  /** Nodes that cost nothing: folded into constants, turned into views, or without effect. */
  readonly free: number;
  readonly onHost: number;
  /** Why on the host. */
  readonly reasons: readonly string[];
  readonly unsupported: number;
}

export interface CheckReport {
  readonly model: string;
  /** False when the model cannot be compiled as it stands; then `operators` says what the registry knows of each. */
  readonly compiles: boolean;
  readonly nodes: number;
  readonly operators: readonly OperatorCheck[];
  readonly problems: readonly Diagnostic[];
}

/** Says of every operator of a model what becomes of it, and everything that stands in the way, at once. Rejects only what is no model. */
export function check(model: Model, options: CompileOptions = {}): CheckReport {
  const source = modelSource(model);
  const imported = importSource(source, options);
  const { nodes } = imported;
  const unknown = unsupportedNodes(imported);
  const report = { model: source.name, nodes: nodes.length };
  if (unknown.length > 0) {
    return { ...report, compiles: false, operators: fromRegistry(imported, unknown), problems: unknown };
  }
  try {
    const { graph } = compileTo(source, { ...options, optimize: 0 }, {}, "patterns", imported);
    const operators = fromPatterns(imported, graph?.nodes ?? []);
    return { ...report, compiles: true, operators, problems: [] };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { ...report, compiles: false, operators: fromRegistry(imported, []), problems: error.diagnostics };
  }
}

type Tally = { -readonly [Key in keyof OperatorCheck]: OperatorCheck[Key] };

function tallies(graph: Graph, count: (tally: Tally, node: Node) => void): OperatorCheck[] {
  const found = new Map<string, Tally>();
  for (const node of graph.nodes) {
    if (node.kind !== "operator" && node.kind !== "host") continue;
    const { op, version } = node;
    const key = `${op} ${version}`;
    const tally = found.get(key) ?? {
      op,
      version,
      nodes: 0,
      onChip: 0,
      patterns: 0,
      free: 0,
      onHost: 0,
      reasons: [],
      unsupported: 0,
    };
    tally.nodes += 1;
    count(tally, node);
    found.set(key, tally);
  }
  return [...found.values()].sort((a, b) => (a.op < b.op ? -1 : a.op > b.op ? 1 : a.version - b.version));
}

/** What the operators would become, by their rows alone. */
function fromRegistry(graph: Graph, unknown: readonly Diagnostic[]): OperatorCheck[] {
  const refused = new Set(unknown.map(({ at }) => at.join(" ")));
  return tallies(graph, (tally, node) => {
    const row = node.kind === "operator" ? operatorOf(node.op) : undefined;
    if (row === undefined || refused.has(node.origin.join(" "))) tally.unsupported += 1;
    else if (row.decompose !== undefined) tally.onChip += 1;
    else {
      tally.onHost += 1;
      tally.reasons = [...new Set([...tally.reasons, row.host ?? "it has no form on the chip yet"])];
    }
  });
}

/** What they became: the nodes of the patterns by the ONNX nodes they come from. */
function fromPatterns(graph: Graph, made: readonly Node[]): OperatorCheck[] {
  const byOrigin = new Map<string, Node[]>();
  for (const node of made) {
    for (const origin of node.origin) byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), node]);
  }
  return tallies(graph, (tally, node) => {
    const into = [...new Set(node.origin.flatMap((origin) => byOrigin.get(origin) ?? []))];
    const patterns = into.filter(({ kind }) => kind === "pattern").length;
    const host = into.find((each) => each.kind === "host");
    tally.patterns += patterns;
    if (host?.kind === "host") {
      tally.onHost += 1;
      tally.reasons = [...new Set([...tally.reasons, host.reason])];
    } else if (patterns > 0) tally.onChip += 1;
    else tally.free += 1;
  });
}
