import {
  checkInstructions,
  combinerOf,
  evaluatorOf,
  type Instruction,
  identityIndex,
  identityOf,
  isFunction,
  type LaneType,
  type LaneValue,
  laneOf,
  meaningOf,
  replacesArg,
  toStorage,
} from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import type {
  IndexExpression,
  JoinNode,
  Node,
  Pattern,
  PatternNode,
  Read,
  Reduction,
  Step,
  ValueId,
  Write,
} from "@rdu/ir";
import {
  allocate,
  bigintAt,
  elementCount,
  isWide,
  numberAt,
  rowMajorStrides,
  setBigint,
  setNumber,
  type Tensor,
} from "@rdu/tensor";

/**
 * Runs pattern, view and join nodes on tensors: the nested loops as written, nothing clever. Refuses (InvariantError) everything a
 * pattern must not do: ill-typed instructions, reads out of bounds without `otherwise`, elements written twice or not at all.
 */
export function interpretNodes(
  nodes: readonly Node[],
  values: ReadonlyMap<ValueId, Tensor>,
  shapeOf: (id: ValueId) => readonly number[],
): Map<ValueId, Tensor> {
  const known = new Map(values);
  const valueAt = (id: ValueId | null): Tensor => {
    const found = id === null ? undefined : known.get(id);
    invariant(found !== undefined, () => `${id} is read before it is written`);
    return found;
  };
  for (const node of nodes) {
    const inputs = node.inputs.map(valueAt);
    const outputs = outputsOf(node, inputs, shapeOf);
    node.outputs.forEach((id, index) => {
      const output = outputs[index];
      if (id !== null && output !== undefined) known.set(id, output);
    });
  }
  return known;
}

function outputsOf(
  node: Node,
  inputs: readonly Tensor[],
  shapeOf: (id: ValueId) => readonly number[],
): readonly Tensor[] {
  const target = node.outputs[0];
  invariant(target !== undefined && target !== null, `a ${node.kind} node has an output`);
  switch (node.kind) {
    case "pattern":
      return interpretPattern((node satisfies PatternNode).pattern, inputs);
    case "view":
      return inputs.map((input) => ({ ...input, shape: shapeOf(target) }));
    case "join":
      return [joined(node, inputs, shapeOf(target))];
    default:
      throw new Error(`${node.kind} nodes are not interpreted`);
  }
}

function joined({ offsets }: JoinNode, inputs: readonly Tensor[], shape: readonly number[]): Tensor {
  const dtype = inputs[0]!.dtype;
  const result = { dtype, shape, data: allocate(dtype, elementCount(shape)) };
  const written = new Uint8Array(result.data.length);
  inputs.forEach((input, part) => {
    for (const index of indicesOf(input.shape)) {
      const to = flatIndex(
        shape,
        index.map((i, axis) => i + offsets[part]![axis]!),
      );
      invariant(to !== undefined && written[to] === 0, "boxes are inside and disjoint");
      written[to] = 1;
      result.data[to] = input.data[flatIndex(input.shape, index)!]!;
    }
  });
  invariant(
    written.every((flag) => flag === 1),
    "boxes cover",
  );
  return result;
}

export function interpretPattern(pattern: Pattern, operands: readonly Tensor[]): readonly Tensor[] {
  const { loops, reductions } = pattern;
  checkTypes(pattern, operands);
  const outer = loops.map((loop, at) => ({ ...loop, at })).filter(({ kind }) => kind === "parallel");
  const inner = loops.map((loop, at) => ({ ...loop, at })).filter(({ kind }) => kind !== "parallel");
  const scans = inner.some(({ kind }) => kind === "scan");
  invariant(inner.length > 0 || (reductions.length === 0 && pattern.epilogue.length === 0), "reductions need a loop");
  const body = pattern.body.map((step) => executable(step, operands));
  const epilogue = pattern.epilogue.map((step) => executable(step, operands));
  const sinks = pattern.results.map(sink);
  const counters = loops.map(() => 0);
  const run = (steps: readonly Executable[], registers: LaneValue[]): void => {
    for (const step of steps) registers.push(step(counters, registers));
  };
  for (const position of indicesOf(outer.map(({ extent }) => extent))) {
    outer.forEach(({ at }, i) => {
      counters[at] = position[i]!;
    });
    const accumulators = reductions.map(accumulatorOf);
    let last: LaneValue[] = [];
    const finish = (registers: readonly LaneValue[], values: readonly LaneValue[]): void => {
      const all = [...registers, ...values];
      run(epilogue, all);
      for (const write of sinks) write.put(counters, all);
    };
    for (const point of indicesOf(inner.map(({ extent }) => extent))) {
      inner.forEach(({ at }, i) => {
        counters[at] = point[i]!;
      });
      last = [];
      run(body, last);
      const before = accumulators.map((accumulator) => accumulator.value());
      for (const accumulator of accumulators) accumulator.take(last);
      if (scans)
        finish(
          last,
          accumulators.map(({ value }, i) => (reductions[i]!.exclusive === true ? before[i]! : value())),
        );
    }
    // An epilogue that uses registers of the body would not know of which iteration.
    if (!scans)
      finish(
        inner.length > 0 ? last.map(() => Number.NaN) : last,
        accumulators.map(({ value }) => value()),
      );
  }
  return sinks.map(({ finish }) => finish());
}

type Executable = (counters: readonly number[], registers: readonly LaneValue[]) => LaneValue;

function executable(step: Step, operands: readonly Tensor[]): Executable {
  if (step.kind === "loop") return (counters) => counters[step.loop]!;
  if (step.kind === "read") {
    const tensor = operands[step.read.operand]!;
    return (counters, registers) => readElement(step.read, tensor, counters, registers);
  }
  const { instruction } = step;
  const positional: Instruction = { ...instruction, operands: instruction.operands.map((_, position) => position) };
  const inputs = (registers: readonly LaneValue[]): LaneValue[] =>
    instruction.operands.map((operand) => (typeof operand === "number" ? registers[operand]! : operand.value));
  if (isFunction(instruction.op)) {
    const evaluate = evaluatorOf([positional], positional.operands.length);
    return (_, registers) => evaluate(inputs(registers))[positional.operands.length]!;
  }
  const meaning = meaningOf(positional);
  return (_, registers) => {
    const [a = 0, b = 0, c = 0] = inputs(registers);
    return meaning(a, b, c);
  };
}

function readElement(
  { index, otherwise }: Read,
  tensor: Tensor,
  counters: readonly number[],
  registers: readonly LaneValue[],
): LaneValue {
  const at = flatIndex(
    tensor.shape,
    index.map((form) => indexValue(form, counters, registers)),
  );
  if (at === undefined) {
    invariant(otherwise !== undefined, () => `index out of bounds of [${tensor.shape.join(",")}]`);
    return isWide(tensor.dtype) ? BigInt(otherwise) : Number(otherwise);
  }
  return isWide(tensor.dtype) ? bigintAt(tensor, at) : numberAt(tensor, at);
}

export function indexValue(
  form: IndexExpression,
  counters: readonly number[],
  registers: readonly LaneValue[],
): number {
  let value = form.constant;
  for (const { loop, coefficient } of form.loops) value += coefficient * counters[loop]!;
  for (const { register, coefficient } of form.registers ?? []) value += coefficient * Number(registers[register]!);
  return value;
}

function flatIndex(shape: readonly number[], index: readonly number[]): number | undefined {
  invariant(shape.length === index.length, "one index per axis");
  const inside = index.every((i, axis) => i >= 0 && i < shape[axis]!);
  if (!inside) return undefined;
  const strides = rowMajorStrides(shape);
  return index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0);
}

function accumulatorOf({ combiner, type, register, index, gives }: Reduction): {
  take: (registers: readonly LaneValue[]) => void;
  value: () => LaneValue;
} {
  let value: LaneValue = identityOf(combiner, type);
  if (combiner.startsWith("arg")) {
    invariant(index !== undefined, "an arg reduction has an index");
    let place: LaneValue = identityIndex(combiner, "i32");
    return {
      take: (registers) => {
        if (!replacesArg(combiner, value, place, registers[register]!, registers[index]!)) return;
        value = registers[register]!;
        place = registers[index]!;
      },
      value: () => (gives === "index" ? place : value),
    };
  }
  const combine = combinerOf(combiner as "sum", type);
  return {
    take: (registers) => {
      value = combine(value, registers[register]!);
    },
    value: () => value,
  };
}

function sink(write: Write): {
  put: (counters: readonly number[], registers: readonly LaneValue[]) => void;
  finish: () => Tensor;
} {
  const { register, dtype, shape, initial } = write;
  const data = allocate(dtype, elementCount(shape));
  const lane = laneOf(dtype)!;
  const written = new Uint8Array(data.length);
  const store = (at: number, value: LaneValue): void => {
    if (typeof value === "bigint") setBigint(dtype, data, at, value);
    else setNumber(dtype, data, at, value);
  };
  return {
    put: (counters, registers) => {
      const at = flatIndex(
        shape,
        write.index.map((form) => indexValue(form, counters, [])),
      );
      invariant(at !== undefined, () => `written outside of [${shape.join(",")}]`);
      invariant(written[at] === 0, () => `element ${at} written twice`);
      written[at] = 1;
      store(at, toStorage(registers[register]!, lane, dtype));
    },
    finish: () => {
      for (let at = 0; at < written.length; at += 1) {
        if (written[at] === 1) continue;
        invariant(initial !== undefined, () => `element ${at} of [${shape.join(",")}] is never written`);
        store(at, initial);
      }
      return { dtype, shape, data };
    },
  };
}

/** Types every register, in the order of numbering; refuses ill-typed instructions, reductions and results. */
function checkTypes({ body, reductions, epilogue, results, loops }: Pattern, operands: readonly Tensor[]): void {
  const types: LaneType[] = [];
  const check = (steps: readonly Step[], first: number): void => {
    for (const step of steps) {
      if (step.kind === "loop") {
        invariant(loops[step.loop] !== undefined, "a loop step names a loop");
        types.push("i32");
      } else if (step.kind === "read") {
        for (const { registers = [] } of step.read.index) {
          for (const { register } of registers)
            invariant(
              register >= first && (types[register] === "i32" || types[register] === "i64"),
              "gathered indices are integers",
            );
        }
        types.push(laneOf(operands[step.read.operand]!.dtype)!);
      } else {
        for (const operand of step.instruction.operands)
          invariant(typeof operand !== "number" || operand >= first, "the epilogue does not see the body");
        const { types: after, messages } = checkInstructions([step.instruction], types);
        invariant(messages.length === 0, () => messages.join("; "));
        types.push(after[types.length]!);
      }
    }
  };
  check(body, 0);
  for (const { register, type, index, gives } of reductions) {
    invariant(types[register] === type, () => `a reduction in ${type} of a register in ${types[register]}`);
    types.push(gives === "index" ? types[index!]! : type);
  }
  check(epilogue, reductions.length > 0 ? body.length : 0);
  for (const { register, dtype } of results) {
    invariant(reductions.length === 0 || register >= body.length, "results come after the reductions");
    invariant(types[register] === laneOf(dtype), () => `${dtype} from a register in ${types[register]}`);
  }
}

/** Every index of a shape in row-major order; the empty shape has one. */
function* indicesOf(shape: readonly number[]): Generator<readonly number[]> {
  if (shape.some((extent) => extent === 0)) return;
  const index = shape.map(() => 0);
  for (;;) {
    yield index;
    let axis = shape.length - 1;
    while (axis >= 0) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
      axis -= 1;
    }
    if (axis < 0) return;
  }
}
