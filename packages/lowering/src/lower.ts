import type { Chip } from "@rdu/chip";
import { CompileError, type Diagnostic, invariant } from "@rdu/diagnostics";
import type { Call, Flow, Section, TensorSymbol, WeightSource } from "@rdu/flow";
import { type Constant, type Graph, type HostNode, type Node, printGraph, type ValueId, valuesUsedBy } from "@rdu/ir";
import type { Microbatch } from "./batch-tiles.ts";
import { copyJoinedViews } from "./copy-joined-views.ts";
import { emptyMemory, type LoweringMemory, lowerSection } from "./lower-section.ts";
import { type ScatteredJoin, scatteredJoins } from "./scattered-joins.ts";
import { inlineTensor, type Values, valuesOf } from "./values.ts";

export interface LowerOptions {
  /** Tiles hold at most so many samples. */
  readonly microbatch?: Microbatch | undefined;
  /** What earlier tries at the same program found out: sections that have not changed are taken over. */
  readonly memory?: LoweringMemory;
}

/**
 * Turns a graph at the patterns level, cut into sections, into flow: one network of units and streams per section, and the calls in order. Rejects
 * with E0503 for every section that does not fit.
 */
export function lower(source: Graph, chip: Chip, { microbatch, memory = emptyMemory() }: LowerOptions = {}): Flow {
  const graph = copyJoinedViews(source);
  const values = valuesOf(graph, inlineTensor, microbatch);
  const calls = callsOf(graph);
  const scattered = scatteredJoins(graph, values);
  const kept = keptValues(values, calls, scattered);
  const sections: Section[] = [];
  const misfits: Diagnostic[] = [];
  const schedule: Call[] = givenConstants(values);
  for (const call of calls) {
    if (call.kind === "host") {
      schedule.push(hostCall(values, call));
      continue;
    }
    const made = call.nodes.flatMap((node) =>
      node.kind === "view" ? [] : node.outputs.filter((output) => output !== null),
    );
    const joins = scattered.get(call.name) ?? [];
    const section = collecting(misfits, () =>
      lowerSection(
        values,
        {
          name: call.name,
          nodes: call.nodes,
          kept: made.filter((value) => kept.has(value) && !joins.some((join) => join.value === value)),
          scattered: joins.filter((join) => kept.has(join.value)),
        },
        chip,
        memory,
      ),
    );
    if (section === undefined || section.units.length === 0) continue;
    sections.push(section);
    schedule.push({ kind: "section", section: call.name });
  }
  if (misfits.length > 0) throw new CompileError(misfits);
  return { name: graph.name, symbols: symbolsOf(values, calls, kept), sections, schedule };
}

/** The result of the work, or undefined when it does not fit, which is noted: the caller hears of all sections that do not. */
function collecting<Result>(misfits: Diagnostic[], work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    misfits.push(...error.diagnostics);
    return undefined;
  }
}

type CallDraft =
  | { readonly kind: "section"; readonly name: string; readonly nodes: Node[] }
  | {
      readonly kind: "host";
      readonly node: HostNode;
      /** The operands in order, null for an omitted one; then what subgraphs capture. */
      readonly reads: readonly (ValueId | null)[];
    };

/** Consecutive nodes of a section become one call, every host node one of its own. Views stay with their section. */
function callsOf(graph: Graph): CallDraft[] {
  const calls: CallDraft[] = [];
  for (const node of graph.nodes) {
    if (node.kind === "host") {
      const captured = valuesUsedBy(node).filter((value) => !node.inputs.includes(value));
      calls.push({ kind: "host", node, reads: [...node.inputs, ...captured] });
      continue;
    }
    invariant(node.kind !== "operator", "an operator reached lowering undecomposed");
    if (node.kind === "view" && node.section === undefined) continue;
    const name = node.section;
    invariant(name !== undefined, () => `${node.outputs.join(", ")} belongs to no section`);
    const open = calls.at(-1);
    if (open?.kind === "section" && open.name === name) open.nodes.push(node);
    else calls.push({ kind: "section", name, nodes: [node] });
  }
  return calls;
}

/** Values made on the chip that something outside their section reads, or the caller gets. */
function keptValues(
  values: Values,
  calls: readonly CallDraft[],
  scattered: ReadonlyMap<string, readonly ScatteredJoin[]>,
): ReadonlySet<string> {
  const home = new Map<string, string>();
  for (const call of calls)
    if (call.kind === "section")
      for (const node of call.nodes)
        for (const output of node.outputs) if (output !== null) home.set(output, call.name);
  const kept = new Set<string>();
  const use = (value: string, where: string | null): void => {
    const root = values.rootOf(value);
    if (home.has(root) && home.get(root) !== where) kept.add(root);
  };
  for (const call of calls) {
    if (call.kind === "host") {
      for (const read of call.reads) if (read !== null) use(read, null);
      continue;
    }
    for (const node of call.nodes) {
      if (node.kind === "view") continue;
      const own = scattered.get(call.name)?.find(({ value }) => node.kind === "join" && node.outputs.includes(value));
      node.inputs.forEach((input, part) => {
        if (input !== null && (own === undefined || own.parts.includes(part))) use(input, call.name);
      });
    }
  }
  for (const output of values.graph.outputs) use(output, null);
  return kept;
}

function symbolsOf(values: Values, calls: readonly CallDraft[], kept: ReadonlySet<string>): TensorSymbol[] {
  const { graph } = values;
  const used = usedFromMemory(values, calls);
  const symbols: TensorSymbol[] = [];
  const named = new Set<string>();
  const add = (name: string, role: TensorSymbol["role"], more: Partial<TensorSymbol> = {}): void => {
    if (named.has(name) || !values.hasPlace(name)) return;
    named.add(name);
    symbols.push({ name, dtype: values.dtypeOf(name), shape: values.shapeOf(name), role, ...more });
  };
  for (const input of graph.inputs) add(input, "input");
  for (const constant of graph.constants)
    if (used.has(constant.id) && values.hasPlace(constant.id))
      add(constant.id, "weight", { source: weightOf(constant) });
  const outputs = new Set(graph.outputs);
  for (const call of calls) {
    const made =
      call.kind === "host"
        ? call.node.outputs
        : call.nodes.flatMap((node) => node.outputs).filter((output) => output !== null && kept.has(output));
    for (const value of made) if (value !== null) add(value, outputs.has(value) ? "output" : "intermediate");
  }
  for (const output of graph.outputs) {
    const root = values.rootOf(output);
    if (output === root || !values.hasPlace(output)) continue;
    if (!named.has(output)) {
      named.add(output);
      symbols.push({
        name: output,
        dtype: values.dtypeOf(output),
        shape: values.shapeOf(output),
        role: "output",
        alias: root,
      });
    }
  }
  return [...symbols, ...viewsForHost(values, calls, named)];
}

/** Views that a host call reads are tensors to it: names for the same bytes. */
function viewsForHost(values: Values, calls: readonly CallDraft[], named: ReadonlySet<string>): TensorSymbol[] {
  const added = new Map<string, TensorSymbol>();
  for (const call of calls) {
    if (call.kind !== "host") continue;
    for (const input of call.reads) {
      if (input === null || named.has(input) || added.has(input) || values.rootOf(input) === input) continue;
      if (!values.hasPlace(input)) continue;
      added.set(input, {
        name: input,
        dtype: values.dtypeOf(input),
        shape: values.shapeOf(input),
        role: "intermediate",
        alias: values.rootOf(input),
      });
    }
  }
  return [...added.values()];
}

/** Roots that are read from memory: constants among them become weights. */
function usedFromMemory(values: Values, calls: readonly CallDraft[]): ReadonlySet<string> {
  const used = new Set<string>();
  for (const call of calls) {
    if (call.kind === "host") {
      for (const read of call.reads) if (read !== null) used.add(values.rootOf(read));
      continue;
    }
    for (const node of call.nodes) {
      node.inputs.forEach((input) => {
        if (input === null) return;
        const literal = node.kind === "pattern" && values.literalOf(input) !== null;
        if (!literal || needsMemory(node, input)) used.add(values.rootOf(input));
      });
    }
  }
  for (const output of values.graph.outputs) used.add(values.rootOf(output));
  return used;
}

/**
 * A one-element constant is a literal in a body, but a systolic array takes its operands from memory, and a read that may lie beyond the
 * element needs one to miss.
 */
function needsMemory(node: Node, input: string): boolean {
  if (node.kind !== "pattern" || !node.inputs.includes(input)) return false;
  const { reductions, body, epilogue } = node.pattern;
  const mayMiss = [...body, ...epilogue].some(
    (step) =>
      step.kind === "read" &&
      node.inputs[step.read.operand] === input &&
      (step.read.otherwise !== undefined || step.read.index.some(({ registers }) => registers !== undefined)),
  );
  return reductions.length > 0 || mayMiss;
}

function weightOf(constant: Constant): WeightSource {
  const { source, digest } = constant;
  if (source.kind === "inline") return { kind: "inline", bytes: source.bytes };
  invariant(source.kind === "file", "a constant of strings has no place in device memory");
  return { ...source, ...(digest === undefined ? {} : { digest }) };
}

/** Constants without a place in device memory that the caller gets: each is the result of a call that carries it and computes nothing. */
function givenConstants(values: Values): Call[] {
  const { graph } = values;
  return [...new Set(graph.outputs)].flatMap((output): Call[] => {
    const constant = values.constantOf(output);
    const type = graph.types.get(output);
    if (constant === undefined || type === undefined || values.hasPlace(output)) return [];
    const carried = {
      inputs: [],
      outputs: [output],
      constants: [constant],
      nodes: [],
      types: new Map([[output, type]]),
    };
    const operation = printGraph({ name: "Constant", ...carried });
    const reason = `${output} has no place in device memory`;
    return [{ kind: "host", name: output, operation, reason, inputs: [], outputs: [output], origin: [] }];
  });
}

/** The call carries its operator as a graph of one node, with constants that have no place in device memory in it. */
function hostCall(values: Values, { node, reads }: CallDraft & { kind: "host" }): Call {
  const types = new Map(
    [...reads, ...node.outputs].flatMap((value) => {
      const type = value === null ? undefined : values.graph.types.get(value);
      return value === null || type === undefined ? [] : [[value, type] as const];
    }),
  );
  const constants = [...new Set(reads)].flatMap((input) => {
    const constant = input === null ? undefined : values.constantOf(input);
    return constant === undefined || values.hasPlace(constant.id) ? [] : [constant];
  });
  const carried = new Set(constants.map(({ id }) => id));
  const inputs = [...new Set(reads.filter((input) => input !== null))].filter((input) => !carried.has(input));
  const call: Graph = {
    name: node.op,
    inputs,
    outputs: node.outputs.filter((output) => output !== null),
    constants,
    nodes: [
      {
        kind: "operator",
        op: node.op,
        version: node.version,
        attributes: node.attributes,
        inputs: node.inputs,
        outputs: node.outputs,
        origin: node.origin,
      },
    ],
    types,
  };
  // Nothing goes with the call: constants of its subgraphs are written out.
  const operation = printGraph(call, { payload: true });
  return {
    kind: "host",
    name: node.outputs.find((output) => output !== null) ?? node.op,
    operation,
    reason: node.reason,
    inputs: reads.map((input) => (input === null || carried.has(input) ? null : input)),
    outputs: node.outputs,
    origin: node.origin,
  };
}
