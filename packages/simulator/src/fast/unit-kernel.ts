import { checkInstructions, expand, type Instruction, type LaneType, type Operand, storable } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import type {
  ComputeUnit,
  CounterValue,
  Domain,
  Input,
  Output,
  SimdBody,
  SystolicBody,
  UnitReduction,
} from "@rdu/flow";
import type { DType } from "@rdu/tensor";
import type { Access, Kernel, KernelReduction, Value, Write } from "./kernel.ts";
import { type Space, spaceOf } from "./space.ts";

/** How a unit reaches memory at its ports: the access that stands for an input, and the places that an output goes to. */
export interface PortAccess {
  input(port: number, space: Space): Access;
  output(port: number, space: Space): readonly Access[];
}

/** The domain of the vectors that a compute unit gives out. */
export function outputDomain({ body }: ComputeUnit): Domain {
  const { domain } = body;
  if (body.kind === "systolic") {
    const rows = { extent: body.rows, step: 1, within: body.m };
    return { ...domain, counters: [...domain.counters.slice(0, body.m + 2), rows] };
  }
  if (body.reductions.length === 0 || body.scan !== "none") return domain;
  const counters = domain.counters.slice(0, body.reduceFrom);
  return domain.vector < body.reduceFrom ? { ...domain, counters } : { ...domain, counters, vector: -1, lanes: 1 };
}

export function unitKernel(unit: ComputeUnit, ports: PortAccess): Kernel {
  return unit.body.kind === "simd" ? simdKernel(unit, unit.body, ports) : systolicKernel(unit, unit.body, ports);
}

function simdKernel({ name }: ComputeUnit, unit: SimdBody, ports: PortAccess): Kernel {
  const { domain } = unit;
  const space = spaceOf(domain);
  const after = unit.reductions.length > 0 && unit.scan === "none" ? { ...space, depth: unit.reduceFrom } : space;
  const reduces = unit.reductions.length > 0;
  const crossLanes = reduces && domain.vector >= unit.reduceFrom ? domain.lanes : 0;
  if (crossLanes > 0 && (unit.scan !== "none" || !Number.isInteger(Math.log2(crossLanes)))) {
    reject("E0705", `unit "${name}" cannot reduce ${crossLanes} lanes${unit.scan === "none" ? "" : " in a scan"}`);
  }
  const read = (input: Input, port: number, at: Space): Value => ({
    kind: "read",
    type: input.type,
    access: ports.input(port, at),
  });
  const counter = ({ counter, base, scale }: CounterValue): Value => ({
    kind: "counter",
    type: "i32",
    form: counterForm(counter, base, scale, space),
  });
  const first = phase(name, unit.instructions, [
    ...unit.inputs.slice(0, unit.bodyInputs).map((input, port) => read(input, port, space)),
    ...unit.counters.map(counter),
  ]);
  const types = first.registers.map((position) => first.values[position]!.type);
  const reductions = unit.reductions.map((reduction) => reductionOf(reduction, types, first.registers));
  const later = [
    ...unit.inputs.slice(unit.bodyInputs).map((input, index) => read(input, unit.bodyInputs + index, after)),
    ...unit.epilogueCounters.map(counter),
  ];
  if (!reduces) {
    const { values, registers } = phase(name, unit.epilogue, later, first);
    const { writes, stored } = writesOf(name, unit.outputs, values, registers, 0, after, ports);
    const body = [...values, ...stored];
    return { ...plain(space), reduceFrom: space.dims.length, ordered: isOrdered(writes), body, writes };
  }
  const totals = reductions.map(
    ({ gives, type, indexType }, reduction): Value => ({
      kind: "total",
      type: gives === "value" ? type : indexType,
      reduction,
    }),
  );
  const { values, registers } = phase(name, unit.epilogue, [...totals, ...later]);
  const { writes, stored } = writesOf(name, unit.outputs, values, registers, first.values.length, after, ports);
  return {
    ...plain(space),
    reduceFrom: space.dimOf[unit.reduceFrom] ?? space.dims.length,
    scan: unit.scan,
    crossLanes,
    ordered: isOrdered(writes),
    body: first.values,
    reductions,
    epilogue: shifted([...values, ...stored], first.values.length),
    writes,
  };
}

function systolicKernel({ name }: ComputeUnit, unit: SystolicBody, ports: PortAccess): Kernel {
  const { domain, m, accumulate, inputs } = unit;
  const [a, b, ...later] = inputs;
  if (a === undefined || b === undefined || domain.counters[m] === undefined || domain.vector !== m + 1) {
    reject("E0705", `unit "${name}" is not a systolic array: it lacks an input or a counter`);
  }
  if (a.type !== accumulate || b.type !== accumulate) {
    reject("E0705", `unit "${name}" multiplies ${a.type} by ${b.type} into ${accumulate}`);
  }
  const space = spaceOf(domain, m);
  const after = { ...space, depth: m + 2 };
  const read = (input: Input, port: number, at: Space): Value => ({
    kind: "read",
    type: input.type,
    access: ports.input(port, at),
  });
  const product: Instruction = { op: "mul", type: accumulate, operands: [0, 1] };
  const body: Value[] = [
    read(a, 0, space),
    read(b, 1, space),
    { kind: "compute", type: accumulate, instruction: product },
  ];
  const total: Value = { kind: "total", type: accumulate, reduction: 0 };
  const { values, registers } = phase(name, unit.epilogue, [
    total,
    ...later.map((input, index) => read(input, 2 + index, after)),
  ]);
  const { writes, stored } = writesOf(name, unit.outputs, values, registers, body.length, after, ports);
  return {
    ...plain(space),
    reduceFrom: space.dimOf[m + 2] ?? space.dims.length,
    ordered: isOrdered(writes),
    body,
    reductions: [{ combiner: "sum", type: accumulate, value: 2, indexType: "i32", gives: "value" }],
    epilogue: shifted([...values, ...stored], body.length),
    writes,
  };
}

/** Moves the elements of `from` to all of `to`. */
export function copyKernel(space: Space, type: LaneType, from: Access, to: readonly Access[]): Kernel {
  const writes: Write[] = [{ value: 0, targets: to }];
  const body: Value[] = [{ kind: "read", type, access: from }];
  return { ...plain(space), reduceFrom: space.dims.length, ordered: isOrdered(writes), body, writes };
}

function plain(space: Space): Omit<Kernel, "body" | "writes" | "reduceFrom"> {
  return {
    dims: space.dims,
    scan: "none",
    crossLanes: 0,
    ordered: false,
    lane: space.lanesOf.get(space.domain.vector) ?? -1,
    reductions: [],
    epilogue: [],
  };
}

/** Scattered writes may meet in one element: the last one counts. */
function isOrdered(writes: readonly Write[]): boolean {
  return writes.some(({ targets }) => targets.some(({ index }) => index !== undefined));
}

interface Phase {
  readonly values: readonly Value[];
  /** For each register of the unit's own numbering, the position of its value. */
  readonly registers: readonly number[];
}

/** Instructions as values in primitives. `before`: an earlier phase whose registers come first. */
function phase(unit: string, instructions: readonly Instruction[], inputs: readonly Value[], before?: Phase): Phase {
  const values: Value[] = [...(before?.values ?? []), ...inputs];
  const given = [...(before?.registers ?? []), ...inputs.map((_, index) => (before?.values.length ?? 0) + index)];
  const { instructions: primitives, registers } = expand(instructions, given.length);
  const { types, messages } = checkInstructions(
    primitives,
    given.map((position) => values[position]!.type),
  );
  if (messages.length > 0) reject("E0705", `unit "${unit}": ${messages.join("; ")}`);
  const first = values.length;
  const positionOf = (register: number): number =>
    register < given.length ? given[register]! : first + register - given.length;
  primitives.forEach((instruction, index) => {
    const operands = instruction.operands.map(
      (operand): Operand => (typeof operand === "number" ? positionOf(operand) : operand),
    );
    values.push({ kind: "compute", type: types[given.length + index]!, instruction: { ...instruction, operands } });
  });
  return { values, registers: registers.map(positionOf) };
}

/** Moves the operands of an epilogue, which counts its own values from 0, behind the body's values. */
function shifted(values: readonly Value[], by: number): Value[] {
  return values.map((value) => {
    if (value.kind !== "compute") return value;
    const operands = value.instruction.operands.map(
      (operand): Operand => (typeof operand === "number" ? operand + by : operand),
    );
    return { ...value, instruction: { ...value.instruction, operands } };
  });
}

function reductionOf(
  { combiner, type, register, index, gives }: UnitReduction,
  types: readonly LaneType[],
  registers: readonly number[],
): KernelReduction {
  return {
    combiner,
    type,
    value: registers[register]!,
    ...(index === undefined ? {} : { index: registers[index]! }),
    indexType: types[index ?? -1] ?? "i32",
    gives,
  };
}

/** Outputs, each rounded or wrapped to the type of its stream. `stored` are the values that do so, to be appended to `values`. */
function writesOf(
  unit: string,
  outputs: readonly Output[],
  values: readonly Value[],
  registers: readonly number[],
  offset: number,
  space: Space,
  ports: PortAccess,
): { writes: Write[]; stored: Value[] } {
  const stored: Value[] = [];
  const writes = outputs.map(({ register, dtype }, port): Write => {
    const position = registers[register];
    const type = position === undefined ? undefined : values[position]!.type;
    if (position === undefined || type === undefined || !storable(type, dtype)) {
      reject("E0705", `unit "${unit}" writes ${type ?? "no register"} as ${dtype}`);
    }
    const op = narrowing(type, dtype);
    const targets = ports.output(port, space);
    if (op === null) return { value: offset + position, targets };
    stored.push({ kind: "compute", type, instruction: { op, type, operands: [position], storage: dtype } });
    return { value: offset + values.length + stored.length - 1, targets };
  });
  return { writes, stored };
}

/** What toStorage does to a register, or null when every value of the lane type is one of the storage type (or has its bits). */
function narrowing(type: LaneType, dtype: DType): "round" | "wrap" | null {
  if (type === "f32") return dtype === "float32" ? null : "round";
  if (type === "i32" || type === "u32") return dtype === "int32" || dtype === "uint32" ? null : "wrap";
  return null;
}

function counterForm(counter: number, base: number, scale: number, space: Space): { base: number; strides: number[] } {
  const strides = space.dims.map(() => 0);
  strides[space.dimOf[counter]!] = scale * space.domain.counters[counter]!.step;
  const lanes = counter === space.domain.vector ? space.lanesOf.get(counter) : undefined;
  if (lanes !== undefined) strides[lanes] = scale;
  return { base, strides };
}
