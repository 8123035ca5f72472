import type { Dim, Graph, TensorType, ValueType } from "@rdu/ir";
import { allocate, elementCount, isTensor, rowMajorStrides, type Tensor, tensor, type Value } from "@rdu/tensor";
import { concatenate } from "../layout/layout.ts";
import { commonType, typeOfValue } from "../node-context.ts";
import { copyBox, moveBox } from "../numeric/copy.ts";
import { int64Tensor, numbersOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf } from "../shapes.ts";

function flagOf(x: Tensor): boolean {
  return numbersOf(x)[0] !== 0;
}

export const ifOperator = operator({
  name: "If",
  summary: "one of two subgraphs",
  host: "its way is known only at run time",
  infer(c) {
    const known = c.assumed(0);
    const [then, otherwise] = [c.attributes.graph("then_branch"), c.attributes.graph("else_branch")];
    if (known !== undefined) return c.inferGraph(flagOf(known) ? then : otherwise, []);
    const types = c.inferGraph(otherwise, []);
    return c.inferGraph(then, []).map((type, index) => commonType(type, types[index] as ValueType));
  },
  evaluate: (c) => c.run(c.attributes.graph(flagOf(c.tensor(0)) ? "then_branch" : "else_branch"), []),
});

const INT64: TensorType = { kind: "tensor", dtype: "int64", shape: [] };
const BOOL: TensorType = { kind: "tensor", dtype: "bool", shape: [] };

/** Types that the carried values of a body keep: widened until another round changes nothing. */
function carriedTypes(
  c: InferContext,
  body: Graph,
  initial: readonly ValueType[],
  around: (carried: readonly ValueType[]) => readonly ValueType[],
  skip: number,
): { readonly carried: readonly ValueType[]; readonly results: readonly ValueType[] } {
  let carried = initial;
  for (;;) {
    const results = c.inferGraph(body, around(carried));
    const widened = carried.map((type, index) => commonType(type, results[skip + index] as ValueType));
    // Each round only ever turns lengths into unknowns, so this ends.
    if (JSON.stringify(widened) === JSON.stringify(carried)) return { carried, results };
    carried = widened;
  }
}

export const loop = operator({
  name: "Loop",
  summary: "a subgraph again and again, while a condition holds and a count is not reached",
  host: "its way is known only at run time",
  infer(c) {
    const body = c.attributes.graph("body");
    const initial = Array.from({ length: c.inputCount - 2 }, (_, index) => c.type(index + 2));
    const { carried, results } = carriedTypes(c, body, initial, (types) => [INT64, BOOL, ...types], 1);
    const count = tripCount(c, body);
    const collected = results.slice(1 + carried.length).map((type): ValueType => stacked(type, count));
    return [...carried, ...collected];
  },
  evaluate(c) {
    const body = c.attributes.graph("body");
    const limit = c.has(0) ? c.integers(0)[0]! : Number.POSITIVE_INFINITY;
    let going = c.has(1) ? flagOf(c.tensor(1)) : true;
    let carried = Array.from({ length: c.inputCount - 2 }, (_, index) => c.value(index + 2) as Value);
    const collected: Tensor[][] = body.outputs.slice(1 + carried.length).map(() => []);
    for (let n = 0; going && n < limit; n += 1) {
      const results = c.run(body, [int64Tensor([], [n]), tensor("bool", [], Uint8Array.of(1)), ...carried]);
      going = flagOf(results[0] as Tensor);
      carried = results.slice(1, 1 + carried.length);
      for (const [index, list] of collected.entries()) list.push(results[1 + carried.length + index] as Tensor);
    }
    const types = (): readonly ValueType[] => bodyTypes(c, body, [INT64, BOOL, ...carried.map((v) => typeOfValue(v))]);
    return [
      ...carried,
      ...collected.map((list, index) => stackedValues(c, list, types, 1 + carried.length + index, 0)),
    ];
  },
});

/** Iterations where they are known before the run: a constant count, and a condition that is never false; or none. */
function tripCount(c: InferContext, body: Graph): number | null {
  const count = c.has(0) ? c.integers(0)?.[0] : undefined;
  const started = c.has(1) ? c.constant(1) : undefined;
  if ((count !== undefined && count <= 0) || (started !== undefined && !flagOf(started))) return 0;
  if (count === undefined || (c.has(1) && started === undefined)) return null;
  return passesCondition(body) ? count : null;
}

/** The body's condition is its own input handed on, perhaps through Identity. */
function passesCondition(body: Graph): boolean {
  let name = body.outputs[0];
  for (const node of body.nodes.toReversed())
    if (node.kind === "operator" && node.op === "Identity" && node.outputs[0] === name)
      name = node.inputs[0] ?? undefined;
  return name === body.inputs[1];
}

function stacked(type: ValueType, count: Dim): ValueType {
  if (type.kind !== "tensor") return type;
  return { ...type, shape: type.shape === null ? null : [count, ...type.shape] };
}

/** Types that a body would have given had it run, as declared or else as its operators have it. */
function bodyTypes(c: EvaluateContext, body: Graph, inputs: readonly ValueType[]): readonly ValueType[] {
  const declared = body.outputs.map((output) => body.types.get(output));
  if (declared.every((type) => type !== undefined)) return declared;
  return (
    c.environment.typesOf?.(body, inputs) ?? c.reject("the types of its body are not known and nothing ran", "E0207")
  );
}

/** Tensors of equal shape as one with a new axis. Of no tensors, extents that nobody knows are 0. */
function stackedValues(
  c: EvaluateContext,
  list: readonly Tensor[],
  types: () => readonly ValueType[],
  output: number,
  axis: number,
): Tensor {
  const [first] = list;
  if (first === undefined) {
    const type = types()[output];
    if (type?.kind !== "tensor") return c.reject(`body output ${output} is no tensor`, "E0202");
    const shape = (type.shape ?? []).map((extent) => (typeof extent === "number" ? extent : 0));
    return tensor(type.dtype, shape.toSpliced(axis, 0, 0), allocate(type.dtype, 0));
  }
  const wide = list.map((one) => ({ ...one, shape: one.shape.toSpliced(axis, 0, 1) }));
  return concatenate(wide, axis, first.shape.toSpliced(axis, 0, list.length));
}

/** Scan's operands by role. Version 8 has sequence lengths first and a batch axis before everything. */
interface ScanShape {
  readonly batched: boolean;
  readonly first: number;
  readonly states: number;
  readonly scanned: number;
}

function scanShape(c: Pick<InferContext, "version" | "attributes" | "inputCount">): ScanShape {
  const scanned = c.attributes.int("num_scan_inputs");
  const batched = c.version < 9;
  const first = batched ? 1 : 0;
  return { batched, first, states: c.inputCount - first - scanned, scanned };
}

/** The axis that scan operand or result `index` is cut or stacked along. */
function scanAxis(c: Pick<InferContext, "attributes" | "reject">, name: string, index: number, rank: number): number {
  return axisOf(c, c.attributes.ints(name, [])[index] ?? 0, rank);
}

export const scan = operator({
  name: "Scan",
  summary: "a subgraph over the slices of its operands, carrying state",
  host: "its way is known only at run time",
  infer(c) {
    const body = c.attributes.graph("body");
    const { batched, first, states, scanned } = scanShape(c);
    const inner = (type: ValueType, axis: number): TensorType => {
      if (type.kind !== "tensor" || type.shape === null) return c.reject("scans a value of unknown rank", "E0207");
      return { ...type, shape: type.shape.toSpliced(axis, 1) };
    };
    let steps: Dim = null;
    const slices = Array.from({ length: scanned }, (_, index): ValueType => {
      const type = c.type(first + states + index);
      const rank = c.shape(first + states + index).length;
      const axis = batched ? 1 : scanAxis(c, "scan_input_axes", index, rank);
      steps = c.shape(first + states + index)[axis] ?? null;
      const slice = inner(type, axis);
      return batched ? inner(slice, 0) : slice;
    });
    const batch = batched ? (c.shape(first)[0] ?? null) : null;
    const initial = Array.from({ length: states }, (_, index) => {
      const type = c.type(first + index);
      return batched ? inner(type, 0) : type;
    });
    const { carried, results } = carriedTypes(c, body, initial, (types) => [...types, ...slices], 0);
    const withBatch = (type: ValueType): ValueType => (batched ? stacked(type, batch) : type);
    const collected = results.slice(states).map((type, index): ValueType => {
      if (type.kind !== "tensor" || type.shape === null) return type;
      const axis = batched ? 0 : scanAxis(c, "scan_output_axes", index, type.shape.length + 1);
      return withBatch({ ...type, shape: type.shape.toSpliced(axis, 0, steps) });
    });
    return [...carried.map(withBatch), ...collected];
  },
  evaluate(c) {
    const { batched, first, states, scanned } = scanShape(c);
    const operands = Array.from({ length: states + scanned }, (_, index) => c.tensor(first + index));
    if (!batched) return scanOnce(c, operands.slice(0, states), operands.slice(states), undefined);
    const batch = operands[0]?.shape[0] ?? 0;
    const longest = operands[states]?.shape[1] ?? 0;
    const lengths = c.has(0) ? c.integers(0) : undefined;
    const each = Array.from({ length: batch }, (_, b) => {
      const own = operands.map((operand) => sliceAt(operand, 0, b));
      return scanOnce(c, own.slice(0, states), own.slice(states), lengths?.[b]);
    });
    return each[0]!.map((_, output) => {
      const given = each.map((results) => results[output] as Tensor);
      const parts = output < states ? given : given.map((part) => lengthened(part, longest));
      const wide = parts.map((part) => ({ ...part, shape: [1, ...part.shape] }));
      return concatenate(wide, 0, [batch, ...parts[0]!.shape]);
    });
  },
});

/** Zeros after what a sequence shorter than the longest has collected. */
function lengthened(part: Tensor, longest: number): Tensor {
  if (part.shape[0] === longest) return part;
  const shape = part.shape.with(0, longest);
  const result = tensor(part.dtype, shape, allocate(part.dtype, elementCount(shape)));
  moveBox(part, rowMajorStrides(part.shape), 0, result, rowMajorStrides(shape), 0, part.shape);
  return result;
}

function rankOf(type: ValueType | undefined): number {
  return type?.kind === "tensor" && type.shape !== null ? type.shape.length : 0;
}

/** Slice `at` of an axis, the axis gone. */
export function sliceAt(x: Tensor, axis: number, at: number): Tensor {
  const strides = rowMajorStrides(x.shape);
  return copyBox(x, x.shape.toSpliced(axis, 1), strides.toSpliced(axis, 1), at * strides[axis]!);
}

function scanOnce(
  c: EvaluateContext,
  initial: readonly Tensor[],
  operands: readonly Tensor[],
  length: number | undefined,
): readonly Value[] {
  const body = c.attributes.graph("body");
  const batched = c.version < 9;
  const axes = operands.map((operand, index) =>
    batched ? 0 : scanAxis(c, "scan_input_axes", index, operand.shape.length),
  );
  const backward = c.attributes.ints(batched ? "directions" : "scan_input_directions", []);
  const steps = length ?? operands[0]?.shape[axes[0] ?? 0] ?? 0;
  let carried: readonly Value[] = initial;
  const collected: Tensor[][] = body.outputs.slice(initial.length).map(() => []);
  for (let n = 0; n < steps; n += 1) {
    const slices = operands.map((operand, index) =>
      sliceAt(operand, axes[index]!, backward[index] === 1 ? steps - 1 - n : n),
    );
    const results = c.run(body, [...carried, ...slices]);
    carried = results.slice(0, initial.length);
    for (const [index, list] of collected.entries()) list.push(results[initial.length + index] as Tensor);
  }
  const types = (): readonly ValueType[] =>
    bodyTypes(c, body, [
      ...initial.map((value) => typeOfValue(value)),
      ...operands.map(
        ({ dtype, shape }, i): TensorType => ({ kind: "tensor", dtype, shape: shape.toSpliced(axes[i]!, 1) }),
      ),
    ]);
  const outputDirections = batched ? [] : c.attributes.ints("scan_output_directions", []);
  const results = collected.map((list, index) => {
    const rank = list[0]?.shape.length ?? rankOf(types()[initial.length + index]);
    const axis = batched ? 0 : scanAxis(c, "scan_output_axes", index, rank + 1);
    const ordered = outputDirections[index] === 1 ? list.toReversed() : list;
    return stackedValues(c, ordered, types, initial.length + index, axis);
  });
  return [...carried, ...results];
}

export const sequenceMap = operator({
  name: "SequenceMap",
  summary: "a subgraph on every item of sequences",
  host: "sequences live on the host",
  infer(c) {
    const body = c.attributes.graph("body");
    const items = Array.from({ length: c.inputCount }, (_, index) => {
      const type = c.type(index);
      return type.kind === "sequence" ? type.element : type;
    });
    return c.inferGraph(body, items).map((element): ValueType => ({ kind: "sequence", element }));
  },
  evaluate(c) {
    const body = c.attributes.graph("body");
    const operands = Array.from({ length: c.inputCount }, (_, index) => c.value(index) as Value);
    const [first] = operands;
    if (first === undefined || isTensor(first) || !("sequence" in first)) return c.reject("maps no sequence", "E0202");
    const results = first.sequence.map((_, n) =>
      c.run(
        body,
        operands.map((operand) =>
          !isTensor(operand) && "sequence" in operand ? (operand.sequence[n] as Value) : operand,
        ),
      ),
    );
    return body.outputs.map((_, output) => ({ sequence: results.map((values) => values[output] as Value) }));
  },
});
