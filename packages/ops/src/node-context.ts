import { type DiagnosticCode, invariant, reject } from "@rdu/diagnostics";
import type { Constant, Dim, Graph, OperatorNode, TensorType, ValueType } from "@rdu/ir";
import { type DType, isDType, isTensor, type Tensor, type Value } from "@rdu/tensor";
import { attributesOf } from "./attributes.ts";
import { integersOf } from "./numeric/numbers.ts";
import type { Environment, EvaluateContext, InferContext, InferredType, Operator } from "./operator.ts";
import type { Parameter, Signature } from "./signatures/signature.ts";

/** What inference knows about the inputs of a node. null: omitted. */
export interface KnownInput {
  readonly type: ValueType;
  readonly value?: Tensor | undefined;
  /** The entries of an integer list of which the run decides some; those have names, as open extents have. */
  readonly entries?: readonly Dim[] | undefined;
  /** What it is in every run that agrees with the lengths that the model declares, where they say it. */
  readonly assumed?: Tensor | undefined;
}

export interface InferEnvironment {
  readConstant(constant: Constant): Tensor;
  inferGraph(graph: Graph, inputs: readonly ValueType[]): readonly ValueType[];
}

/** The path that diagnostics give for a node. */
export function placeOf(node: OperatorNode): string {
  return node.origin.at(-1) ?? node.op;
}

function common(node: OperatorNode, signature: Signature, readConstant: (constant: Constant) => Tensor) {
  const refuse = (message: string, code: DiagnosticCode = "E0201"): never =>
    reject(code, `${node.op}: ${message}`, { at: [placeOf(node)] });
  return {
    node,
    version: signature.since,
    attributes: attributesOf(node, signature, readConstant, (message) => refuse(message, "E0303")),
    inputCount: node.inputs.length,
    outputCount: node.outputs.length,
    wants: (index: number) => (node.outputs[index] ?? null) !== null,
    has: (index: number) => (node.inputs[index] ?? null) !== null,
    reject: refuse,
  };
}

export function inferContext(
  node: OperatorNode,
  signature: Signature,
  inputs: readonly (KnownInput | null)[],
  environment: InferEnvironment,
): InferContext {
  const shared = common(node, signature, environment.readConstant);
  const given = (index: number): KnownInput =>
    inputs[index] ?? shared.reject(`input ${parameterAt(signature.inputs, index)?.name ?? index} is required`, "E0304");
  const tensorType = (index: number): TensorType => {
    const { type } = given(index);
    return type.kind === "tensor"
      ? type
      : shared.reject(`input ${index} is a ${type.kind}, expected a tensor`, "E0202");
  };
  // Written out: a literal that begins with a spread takes V8 many times as long, here a seventh of `rdu check`.
  return {
    node: shared.node,
    version: shared.version,
    attributes: shared.attributes,
    inputCount: shared.inputCount,
    outputCount: shared.outputCount,
    wants: shared.wants,
    has: shared.has,
    reject: shared.reject,
    type: (index) => given(index).type,
    shape: (index) => {
      const { shape } = tensorType(index);
      if (shape === null) throw new UnknownRank();
      return shape;
    },
    dtype: (index) => tensorType(index).dtype,
    constant: (index) => inputs[index]?.value,
    integers: (index) => {
      const value = inputs[index]?.value;
      return value === undefined ? undefined : integersOf(value);
    },
    extents: (index) => {
      const value = inputs[index]?.value ?? inputs[index]?.assumed;
      return value === undefined ? inputs[index]?.entries : integersOf(value);
    },
    assumed: (index) => inputs[index]?.value ?? inputs[index]?.assumed,
    lengths: (index) => {
      const value = inputs[index]?.value ?? inputs[index]?.assumed;
      return value === undefined ? undefined : integersOf(value);
    },
    inferGraph: environment.inferGraph,
  };
}

/** Output types of a node: what the operator's `infer` says, element types filled in from the signature. */
export function inferredTypes(row: Operator, signature: Signature, context: InferContext): readonly ValueType[] {
  const bound = bindTypes(signature, context);
  const inferred = inferredOrUnknown(row, context).slice(0, context.outputCount);
  return inferred.map((one, index) => complete(one, index, signature, bound, context));
}

/** An operand of unknown rank: what follows from it is of unknown rank too. */
class UnknownRank extends Error {
  override readonly name = "UnknownRank";
}

function inferredOrUnknown(row: Operator, context: InferContext): readonly InferredType[] {
  try {
    return row.infer(context);
  } catch (error) {
    if (!(error instanceof UnknownRank)) throw error;
    return new Array<null>(context.outputCount).fill(null);
  }
}

function complete(
  inferred: InferredType,
  index: number,
  signature: Signature,
  bound: ReadonlyMap<string, string>,
  context: InferContext,
): ValueType {
  if (inferred !== null && "kind" in inferred) return inferred;
  const parameter = parameterAt(signature.outputs, index);
  // A variable that no input settles must have one choice only, as the bool of comparisons.
  const choices = parameter === undefined ? [] : (signature.types[parameter.type] ?? [parameter.type]);
  const name = bound.get(parameter?.type ?? "") ?? (choices.length === 1 ? choices[0] : undefined);
  invariant(
    name !== undefined && isDType(name),
    () => `${context.node.op} output ${index}: type ${name} is not settled`,
  );
  return { kind: "tensor", dtype: name, shape: inferred as readonly Dim[] | null };
}

/** Type variables as the inputs settle them. Refuses operands outside the signature's types with E0305, disagreement with E0202. */
function bindTypes(signature: Signature, context: InferContext): ReadonlyMap<string, string> {
  const bound = new Map<string, string>();
  for (let index = 0; index < context.inputCount; index += 1) {
    const parameter = parameterAt(signature.inputs, index);
    if (parameter === undefined || !context.has(index)) continue;
    const text = typeName(context.type(index));
    const allowed = signature.types[parameter.type];
    if (allowed === undefined ? parameter.type !== text : !allowed.includes(text)) {
      const expected = allowed?.join(", ") ?? parameter.type;
      context.reject(`input ${parameter.name} is ${text}, expected ${expected}`, "E0305");
    }
    if (allowed === undefined || parameter.heterogeneous) continue;
    const before = bound.get(parameter.type);
    if (before !== undefined && before !== text)
      context.reject(
        `input ${parameter.name} is ${text}, but ${before} was given before for ${parameter.type}`,
        "E0202",
      );
    bound.set(parameter.type, text);
  }
  return bound;
}

/** The parameter that operand `index` belongs to; variadic ones take all the rest. */
export function parameterAt(parameters: readonly Parameter[], index: number): Parameter | undefined {
  const last = parameters.at(-1);
  return parameters[index] ?? (last?.option === "variadic" ? last : undefined);
}

/** "float32", "sequence(int64)", "optional(sequence(float32))", "map(string,float32)". */
export function typeName(type: ValueType): string {
  if (type.kind === "map") return `map(${type.key},${typeName(type.element)})`;
  return type.kind === "tensor" ? type.dtype : `${type.kind}(${typeName(type.element)})`;
}

/** The type of a value; an empty sequence, optional or map takes `declared`, or float32 where nobody knows better. */
export function typeOfValue(value: Value, declared?: ValueType): ValueType {
  if (isTensor(value)) return { kind: "tensor", dtype: value.dtype, shape: value.shape };
  const element: ValueType =
    declared !== undefined && declared.kind !== "tensor"
      ? declared.element
      : { kind: "tensor", dtype: "float32", shape: null };
  if ("optional" in value)
    return { kind: "optional", element: value.optional === null ? element : typeOfValue(value.optional, element) };
  const items = "map" in value ? value.map : value.sequence;
  const common = items.length === 0 ? element : items.map((item) => typeOfValue(item)).reduce(commonType);
  return "map" in value
    ? { kind: "map", key: value.keys.dtype, element: common }
    : { kind: "sequence", element: common };
}

/** The narrowest type that covers both: dimensions that differ become null. */
export function commonType(a: ValueType, b: ValueType): ValueType {
  if (a.kind === "tensor" && b.kind === "tensor") {
    const shape =
      a.shape === null || b.shape === null || a.shape.length !== b.shape.length
        ? null
        : a.shape.map((extent, axis) => (extent === b.shape?.[axis] ? extent : null));
    return { kind: "tensor", dtype: a.dtype, shape };
  }
  if (a.kind === "tensor" || b.kind === "tensor" || a.kind !== b.kind) return a;
  return { ...a, element: commonType(a.element, b.element) };
}

export function evaluateContext(
  row: Operator,
  node: OperatorNode,
  signature: Signature,
  inputs: readonly (Value | null)[],
  environment: Environment,
): EvaluateContext {
  const shared = common(node, signature, (constant) => environment.readConstant(constant));
  const tensorAt = (index: number): Tensor | undefined => {
    const value = inputs[index] ?? null;
    if (value === null) return undefined;
    return isTensor(value) ? value : shared.reject(`input ${index} is not a tensor`, "E0202");
  };
  const tensor = (index: number): Tensor =>
    tensorAt(index) ??
    shared.reject(`input ${parameterAt(signature.inputs, index)?.name ?? index} is required`, "E0304");
  let types: readonly ValueType[] | undefined;
  const outputType = (index: number): TensorType => {
    types ??= inferredTypes(
      row,
      signature,
      inferContext(node, signature, inputs.map(known), {
        readConstant: environment.readConstant,
        inferGraph: () => shared.reject("subgraphs have no shapes while they run", "E0207"),
      }),
    );
    const type = types[index];
    invariant(type?.kind === "tensor", () => `${node.op} output ${index} is no tensor`);
    return type;
  };
  return {
    node: shared.node,
    version: shared.version,
    attributes: shared.attributes,
    inputCount: shared.inputCount,
    outputCount: shared.outputCount,
    wants: shared.wants,
    has: shared.has,
    reject: shared.reject,
    value: (index) => inputs[index] ?? null,
    tensor,
    optional: tensorAt,
    integers: (index) => integersOf(tensor(index)),
    shape: (index = 0) => {
      const { shape } = outputType(index);
      invariant(
        shape?.every((extent) => typeof extent === "number"),
        () => `${node.op} output ${index} has no shape`,
      );
      return shape as readonly number[];
    },
    dtype: (index = 0): DType => outputType(index).dtype,
    run: (graph, values) => environment.run(graph, values),
    environment,
  };
}

function known(value: Value | null): KnownInput | null {
  if (value === null) return null;
  return { type: typeOfValue(value), value: isTensor(value) ? value : undefined };
}
