import { invariant } from "@rdu/diagnostics";
import {
  type Constant,
  freshName,
  type Graph,
  type Node,
  namesIn,
  type Origin,
  type Pattern,
  type PatternNode,
  type Step,
  staticShape,
  tensorConstant,
  type ValueId,
  type ValueType,
  valuesUsedBy,
} from "@rdu/ir";
import { allocate, elementCount, type Tensor } from "@rdu/tensor";
import type { Precision } from "../pass.ts";
import { mapExpressions, type PatternDraft } from "../patterns/draft.ts";
import { draftOf, patternOf } from "../patterns/register-form.ts";
import { withNodes } from "../with-nodes.ts";
import { entryCast, finiteStays, narrowed } from "./bfloat16.ts";
import { isSingle, movesOnly, type NarrowDemand, narrowReads } from "./narrow-demand.ts";

/** The graph with every value as its readers ask for it: narrow under its own name, or beside the wide one under a name of its own. */
export function narrowGraph(
  graph: Graph,
  precision: Exclude<Precision, "fp32">,
  demand: NarrowDemand,
  readConstant: (constant: Constant) => Tensor,
): Graph {
  return new Narrowing(graph, precision, demand, readConstant).run();
}

/** Lives as long as one run of the pass: the nodes, constants and types that it gives. */
class Narrowing {
  readonly #graph: Graph;
  readonly #precision: Exclude<Precision, "fp32">;
  readonly #demand: NarrowDemand;
  readonly #readConstant: (constant: Constant) => Tensor;
  /** Name of the narrow form of each value that has one. */
  readonly #names = new Map<ValueId, ValueId>();
  readonly #nodes: Node[] = [];
  readonly #constants: Constant[] = [];
  readonly #types: Map<ValueId, ValueType>;

  constructor(
    graph: Graph,
    precision: Exclude<Precision, "fp32">,
    demand: NarrowDemand,
    readConstant: (constant: Constant) => Tensor,
  ) {
    this.#graph = graph;
    this.#precision = precision;
    this.#demand = demand;
    this.#readConstant = readConstant;
    this.#types = new Map(graph.types);
    const taken = namesIn(graph);
    const given = new Set([
      ...graph.inputs,
      ...graph.nodes.flatMap((node) => (node.kind === "host" ? node.outputs : [])),
    ]);
    for (const id of demand.narrow)
      this.#names.set(id, demand.wide.has(id) || given.has(id) ? freshName(`${id}.bf16`, taken) : id);
  }

  run(): Graph {
    const graph = this.#graph;
    for (const constant of graph.constants) this.#addConstant(constant);
    const firstReader = readersOf(graph);
    for (const input of graph.inputs) this.#enter(input, firstReader.get(input)?.origin ?? []);
    for (const node of graph.nodes) {
      if (movesOnly(node)) this.#addMove(node);
      else if (node.kind === "pattern") this.#addPattern(node);
      else {
        this.#nodes.push(node);
        for (const output of node.outputs) if (output !== null) this.#enter(output, node.origin);
      }
    }
    return withNodes({ ...graph, types: this.#types }, this.#nodes, this.#constants);
  }

  #addConstant(constant: Constant): void {
    const name = this.#names.get(constant.id);
    if (name !== constant.id) this.#constants.push(constant);
    if (name === undefined) return;
    this.#setNarrow(constant.id);
    this.#constants.push(tensorConstant(name, narrowed(this.#readConstant(constant))));
  }

  /** Rounds behind it what comes in as float32: a graph input, or the result of a host call. */
  #enter(id: ValueId, origin: Origin): void {
    if (!this.#demand.narrow.has(id)) return;
    const name = this.#setNarrow(id);
    const shape = staticShape(this.#graph.types.get(id));
    invariant(shape !== undefined, () => `${id} has no static shape`);
    if (elementCount(shape) > 0) this.#nodes.push(entryCast(id, name, shape, origin));
    else this.#constants.push(tensorConstant(name, { dtype: "bfloat16", shape, data: allocate("bfloat16", 0) }));
  }

  /** A copy, view or join moves what its readers ask for; when they ask for both, there are two of it. */
  #addMove(node: Node): void {
    const [output] = node.outputs;
    if (output == null || !this.#demand.narrow.has(output)) {
      this.#nodes.push(node);
      return;
    }
    const name = this.#setNarrow(output);
    if (name !== output) this.#nodes.push(node);
    const inputs = node.inputs.map((input) => (input === null ? null : this.#narrowName(input)));
    const moved = { ...node, inputs, outputs: [name] };
    this.#nodes.push(moved.kind === "pattern" ? { ...moved, pattern: narrowCopy(moved) } : moved);
  }

  #addPattern(node: PatternNode): void {
    const draft = draftOf(node);
    const rounded = narrowReads(node, draft, this.#precision, this.#demand.counted);
    const outputs: (ValueId | null)[] = [...node.outputs];
    const results: PatternDraft["results"][number][] = [];
    const both: PatternDraft["results"][number][] = [];
    for (const [index, result] of draft.results.entries()) {
      const output = node.outputs[index];
      if (output == null || !this.#demand.narrow.has(output)) {
        results.push(result);
        continue;
      }
      const name = this.#setNarrow(output);
      const narrow = { ...result, dtype: "bfloat16" as const, ...finiteInitial(result) };
      results.push(name === output ? narrow : result);
      if (name === output) continue;
      both.push(narrow);
      outputs.push(name);
    }
    const changed = mapExpressions({ ...draft, results: [...results, ...both] }, (original) =>
      original.kind === "read" && rounded.has(original) && isSingle(this.#graph, original.value)
        ? { ...original, value: this.#narrowName(original.value), ...finiteOtherwise(original) }
        : undefined,
    );
    const { pattern, inputs } = patternOf(changed);
    const finite = this.#precision === "bf16" ? finiteLiterals(pattern) : pattern;
    this.#nodes.push({ ...node, pattern: finite, inputs, outputs });
  }

  #narrowName(id: ValueId): ValueId {
    const name = this.#names.get(id);
    invariant(name !== undefined, () => `${id} has no narrow form`);
    return name;
  }

  #setNarrow(id: ValueId): ValueId {
    const name = this.#narrowName(id);
    const type = this.#graph.types.get(id);
    invariant(type?.kind === "tensor", () => `${id} is no tensor`);
    this.#types.set(name, { ...type, dtype: "bfloat16" });
    return name;
  }
}

function readersOf(graph: Graph): ReadonlyMap<ValueId, Node> {
  const first = new Map<ValueId, Node>();
  for (const node of graph.nodes) for (const used of valuesUsedBy(node)) if (!first.has(used)) first.set(used, node);
  return first;
}

function narrowCopy({ pattern }: PatternNode): PatternNode["pattern"] {
  return {
    ...pattern,
    body: pattern.body.map((step) =>
      step.kind === "read" ? { kind: "read", read: { ...step.read, ...finiteOtherwise(step.read) } } : step,
    ),
    results: pattern.results.map((result) => ({ ...result, dtype: "bfloat16", ...finiteInitial(result) })),
  };
}

function finiteOtherwise({ otherwise }: { readonly otherwise?: number | bigint }): { otherwise?: number } {
  return typeof otherwise === "number" ? { otherwise: finiteStays(otherwise) } : {};
}

function finiteInitial({ initial }: { readonly initial?: number | bigint }): { initial?: number } {
  return typeof initial === "number" ? { initial: finiteStays(initial) } : {};
}

/** Literals beyond the largest bfloat16 would be stored as infinities. */
function finiteLiterals(pattern: Pattern): Pattern {
  const bounded = (step: Step): Step => {
    if (step.kind !== "compute") return step;
    const operands = step.instruction.operands.map((operand) =>
      typeof operand !== "number" && operand.type === "f32" && typeof operand.value === "number"
        ? { ...operand, value: finiteStays(operand.value) }
        : operand,
    );
    return { kind: "compute", instruction: { ...step.instruction, operands } };
  };
  return { ...pattern, body: pattern.body.map(bounded), epilogue: pattern.epilogue.map(bounded) };
}
