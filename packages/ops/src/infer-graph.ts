import { CompileError, type Diagnostic, diagnostic, InvariantError, invariant, rejectErrors } from "@rdu/diagnostics";
import {
  type Constant,
  type Dim,
  type Graph,
  type OperatorNode,
  type ValueId,
  type ValueType,
  valuesUsedBy,
} from "@rdu/ir";
import { elementCount, isTensor, type Tensor } from "@rdu/tensor";
import { evaluateNode, meaningOf, operandFaults } from "./evaluate-node.ts";
import { inferContext, inferredTypes, type KnownInput } from "./node-context.ts";
import { openEntries, settledList } from "./open-entries.ts";
import { type Lengths, OpenExtents } from "./open-extents.ts";
import type { Environment } from "./operator.ts";

export interface InferOptions {
  readonly readConstant: (constant: Constant) => Tensor;
  /** Types and values of the graphs around, by name. */
  readonly outer?: ReadonlyMap<ValueId, KnownInput>;
}

export interface InferredGraph {
  /** The graph with the type of every value. */
  readonly graph: Graph;
  /** Values that follow from constants and shapes alone, small ones only. */
  readonly known: ReadonlyMap<ValueId, Tensor>;
  /** Values that follow from the lengths that the model declares: every run that agrees with those finds these, and no other goes on. */
  readonly assumed: ReadonlyMap<ValueId, Tensor>;
}

/** Values of at most this many elements are computed while inferring, for they may become shapes. */
const SMALL = 4096;

/**
 * Infers the type of every value in the graph: shapes by each operator's `infer`, values of small constant subexpressions by
 * its `evaluate`, because shapes are computed from them. Types already in the graph count for its inputs, and elsewhere
 * settle extents that inference leaves open; what they settle about one value holds for all that have the same extent, so
 * the walk is repeated until nothing more is settled. Throws a CompileError with every fault found; nodes behind a fault are
 * not judged.
 */
export function inferGraph(graph: Graph, options: InferOptions): InferredGraph {
  const already = options.outer === undefined ? INFERRED.get(graph) : undefined;
  if (already !== undefined) return already;
  let settled: Lengths = new Map();
  for (;;) {
    const open = new OpenExtents(settled, options.outer === undefined);
    const inferred = inferOnce(graph, options, open);
    if (open.found.size === 0) {
      if (options.outer === undefined) INFERRED.set(inferred.graph, inferred);
      return inferred;
    }
    settled = new Map([...settled, ...open.found]);
  }
}

/** Whole graphs that came out of inference: from these the same would come out again. */
const INFERRED = new WeakMap<Graph, InferredGraph>();

function inferOnce(graph: Graph, options: InferOptions, open: OpenExtents): InferredGraph {
  const values = new Map<ValueId, KnownInput>(options.outer);
  const faults: Diagnostic[] = [];
  for (const input of graph.inputs) {
    const type = graph.types.get(input);
    if (type === undefined) faults.push(diagnostic("E0207", `input ${input} has no type`, { at: [input] }));
    else {
      const entries = open.entries(type, input);
      values.set(input, { type, entries, assumed: settledList(type, entries) });
    }
  }
  for (const constant of graph.constants) values.set(constant.id, lazily(constant, options.readConstant));
  for (const node of graph.nodes) {
    if (node.kind === "operator") inferNode(node, graph.types, values, options, faults, open);
    else for (const output of node.outputs) keepType(output, graph, values);
  }
  rejectErrors(faults);
  const types = new Map<ValueId, ValueType>();
  const known = new Map<ValueId, Tensor>();
  const supposed = new Map<ValueId, Tensor>();
  const own = new Set([
    ...graph.inputs,
    ...graph.constants.map(({ id }) => id),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const constants = new Set(graph.constants.map(({ id }) => id));
  for (const [id, { type, value, assumed }] of [...values].filter(([name]) => own.has(name))) {
    types.set(id, open.forgotten(type));
    if (assumed !== undefined) supposed.set(id, assumed);
    if (!constants.has(id) && value !== undefined) known.set(id, value);
  }
  return { graph: { ...graph, types }, known, assumed: supposed };
}

function keepType(output: ValueId | null, graph: Graph, values: Map<ValueId, KnownInput>): void {
  if (output === null) return;
  const type = graph.types.get(output);
  invariant(type !== undefined, () => `${output} has no type`);
  values.set(output, { type });
}

/** Reads the constant only when somebody asks, once, and only when it is small enough to be a shape. */
function lazily(constant: Constant, read: (constant: Constant) => Tensor): KnownInput {
  let value: Tensor | undefined;
  const { type } = constant;
  const small = elementCount((type.shape ?? []) as number[]) <= SMALL;
  return {
    type,
    get value() {
      if (small) value ??= read(constant);
      return value;
    },
  };
}

function inferNode(
  node: OperatorNode,
  declared: ReadonlyMap<ValueId, ValueType>,
  values: Map<ValueId, KnownInput>,
  options: InferOptions,
  faults: Diagnostic[],
  open: OpenExtents,
): void {
  // A missing input was reported where it should have been made.
  if (valuesUsedBy(node).some((name) => !values.has(name))) return;
  const inputs = node.inputs.map((name) => (name === null ? null : (values.get(name) ?? null)));
  try {
    const { row, signature } = meaningOf(node);
    rejectErrors(operandFaults(node, signature));
    const context = inferContext(node, signature, inputs, {
      readConstant: options.readConstant,
      inferGraph: (inner, types) => inferOutputs(inner, types, values, options),
    });
    const types = inferredTypes(row, signature, context);
    const entries = openEntries(node, inputs, types, environmentOf(options), (output, entry) => {
      const name = node.outputs[output] ?? null;
      return name === null ? null : open.entry(name, entry);
    });
    const computed = row.fromTypes?.(context) ?? (row.random ? undefined : evaluated(node, inputs, types, options));
    const supposed = row.random || computed !== undefined ? undefined : assumedOutputs(node, inputs, types, options);
    node.outputs.forEach((name, index) => {
      const own = types[index];
      if (name === null) return;
      invariant(own !== undefined, () => `${node.op} infers no type for output ${index}`);
      const type = refined(open.named(own, name), declared.get(name), open);
      const value = computed?.[index];
      values.set(
        name,
        value === undefined
          ? { type, entries: entries[index], assumed: supposed?.[index] ?? settledList(type, entries[index]) }
          : { type: { kind: "tensor", dtype: value.dtype, shape: value.shape }, value },
      );
    });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    faults.push(...error.diagnostics);
  }
}

/** Extents that inference leaves open, from what the model declares; what is inferred stands. */
function refined(own: ValueType, declared: ValueType | undefined, open: OpenExtents): ValueType {
  if (own.kind !== "tensor" || declared?.kind !== "tensor" || declared.shape === null) return own;
  if (own.shape === null) return { ...own, shape: declared.shape };
  if (own.shape.length !== declared.shape.length) return own;
  const settled = own.shape.map((extent, axis): Dim => {
    const length = declared.shape?.[axis] ?? null;
    if (typeof extent === "number" || length === null) return extent;
    if (typeof length === "number") open.settle(extent, length);
    return typeof length === "number" ? length : (extent ?? length);
  });
  return { ...own, shape: settled };
}

/** Output types of a subgraph for inputs of these types; `values` is what it sees of the graphs around. */
export function inferOutputs(
  inner: Graph,
  types: readonly ValueType[],
  values: ReadonlyMap<ValueId, KnownInput>,
  options: Pick<InferOptions, "readConstant">,
): readonly ValueType[] {
  invariant(inner.inputs.length <= types.length, () => `${inner.name} takes ${inner.inputs.length} inputs`);
  const given = new Map(inner.types);
  for (const [index, name] of inner.inputs.entries()) given.set(name, types[index] as ValueType);
  const result = inferGraph({ ...inner, types: given }, { readConstant: options.readConstant, outer: values });
  return inner.outputs.map((name) => {
    const type = result.graph.types.get(name) ?? values.get(name)?.type;
    invariant(type !== undefined, () => `${inner.name} gives ${name} no type`);
    return type;
  });
}

/** The outputs where every input is known and everything is small; undefined otherwise. */
function evaluated(
  node: OperatorNode,
  inputs: readonly (KnownInput | null)[],
  types: readonly ValueType[],
  options: InferOptions,
): readonly (Tensor | undefined)[] | undefined {
  const hasGraphs = Object.values(node.attributes).some(({ kind }) => kind === "graph" || kind === "graphs");
  if (hasGraphs || inputs.some((input) => input !== null && input.value === undefined)) return undefined;
  if (types.some((type) => type.kind !== "tensor" || !isSmall(type.shape))) return undefined;
  const outputs = evaluateNode(
    node,
    inputs.map((input) => input?.value ?? null),
    environmentOf(options),
  );
  return outputs.map((value) => (value !== null && isTensor(value) ? value : undefined));
}

function environmentOf({ readConstant }: InferOptions): Environment {
  return {
    readConstant,
    run: () => {
      throw new InvariantError("a node with subgraphs is not evaluated while types are inferred");
    },
  };
}

/** The outputs where every input is known or assumed. What rejects its operands is left for the run to judge. */
function assumedOutputs(
  node: OperatorNode,
  inputs: readonly (KnownInput | null)[],
  types: readonly ValueType[],
  options: InferOptions,
): readonly (Tensor | undefined)[] | undefined {
  if (!inputs.some((input) => input?.assumed !== undefined)) return undefined;
  const supposed = inputs.map((input) => input && { type: input.type, value: input.value ?? input.assumed });
  try {
    return evaluated(node, supposed, types, options);
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

/** Unknown extents pass: what they are comes out of evaluating, and the inputs are small. */
function isSmall(shape: readonly (number | string | null)[] | null): boolean {
  return (
    shape === null ||
    shape.reduce<number>((count, extent) => count * (typeof extent === "number" ? extent : 1), 1) <= SMALL
  );
}
