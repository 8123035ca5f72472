import { invariant } from "@rdu/diagnostics";
import type { Section, TensorSymbol } from "@rdu/flow";
import { type Checksum, decode, type Pef, validate } from "@rdu/pef";
import { clockProgram, type ModuleCache, type Orchestration, type ProgramTiming } from "@rdu/simulator";
import { fromBytes, isTensor, type Tensor, type Value } from "@rdu/tensor";
import { checkInputs, type Parameter, parameterOf } from "./check-inputs.ts";
import { DeviceTensors, type WeightReader } from "./device-tensors.ts";
import { ENGINES, type EngineName, type PreparedSection } from "./engine.ts";
import { type HostEvaluator, type HostValues, runHostCall } from "./host-call.ts";

export interface LoadOptions {
  /** Reads weights that lie in files beside the PEF. */
  readonly readWeight?: WeightReader;
  /** A faster CRC-32 than the built-in one. */
  readonly checksum?: Checksum;
  /** Run the checkers; on by default. Off is for a PEF that this very process has just compiled and checked. */
  readonly validate?: boolean;
}

export interface RunOptions {
  readonly engine?: EngineName;
  /** Cycles besides values; on by default. */
  readonly timing?: boolean;
  readonly orchestration?: Orchestration;
  readonly evaluateHost?: HostEvaluator;
  /** Told before each call of the schedule. */
  readonly onCall?: (call: string, number: number, calls: number) => void;
  /** Told after each call what it has written; `read` gives a copy of the tensor. */
  readonly onTensor?: (symbol: string, read: () => Tensor) => void;
}

export interface RunResult {
  /** By name, in the order of the model. */
  readonly outputs: ReadonlyMap<string, Value>;
  readonly timing?: ProgramTiming;
}

/** A loaded program. Weights are read once and prepared sections kept, so later runs are quicker; states live as long as it does. */
export class Program {
  readonly pef: Pef;
  readonly inputs: readonly Parameter[];
  readonly outputs: readonly Parameter[];
  readonly #device: DeviceTensors;
  readonly #sections: ReadonlyMap<string, Section>;
  readonly #prepared = new Map<string, PreparedSection>();
  readonly #modules: ModuleCache = new Map();
  readonly #timings = new Map<Orchestration, ProgramTiming>();

  constructor(pef: Pef, readWeight?: WeightReader) {
    this.pef = pef;
    this.#device = new DeviceTensors(pef.flow, readWeight);
    this.#sections = new Map(pef.flow.sections.map((section) => [section.name, section]));
    this.inputs = pef.inputs.map((binding) => parameterOf(binding, this.#device.symbols));
    this.outputs = pef.outputs.map((binding) => parameterOf(binding, this.#device.symbols));
  }

  /** Executes the schedule once. Rejects wrong inputs (E0801 to E0804) and whatever the engine or a host call rejects. */
  run(inputs: ReadonlyMap<string, Value>, options: RunOptions = {}): RunResult {
    const { flow } = this.pef;
    const { engine = "fast", onCall, onTensor } = options;
    checkInputs(this.inputs, inputs);
    const device = this.#device;
    const values: HostValues = new Map();
    device.clear();
    for (const { name, symbol } of this.pef.inputs) {
      const value = inputs.get(name);
      invariant(value !== undefined, () => `input ${name} was checked`);
      if (device.has(symbol) && isTensor(value)) device.write(symbol, value);
      else values.set(symbol, value);
    }
    for (const [number, call] of flow.schedule.entries()) {
      onCall?.(call.kind === "section" ? call.section : call.name, number, flow.schedule.length);
      if (call.kind === "host") runHostCall(call, device, values, options.evaluateHost);
      else this.#runSection(call.section, engine);
      if (onTensor !== undefined) this.#report(this.#writtenBy(call), onTensor);
    }
    const outputs = new Map<string, Value>();
    for (const { name, symbol } of this.pef.outputs) {
      const value = device.has(symbol) ? copyOf(device, symbol) : values.get(symbol);
      invariant(value !== undefined, () => `output ${name} was never made`);
      outputs.set(name, value);
    }
    return options.timing === false ? { outputs } : { outputs, timing: this.timing(options.orchestration) };
  }

  /** Cycles of one run; they do not depend on values, so no run is needed. */
  timing(orchestration: Orchestration = "hardware"): ProgramTiming {
    const known = this.#timings.get(orchestration);
    if (known !== undefined) return known;
    const { flow, placement, chip } = this.pef;
    const timing = clockProgram(flow, placement, chip, orchestration);
    this.#timings.set(orchestration, timing);
    return timing;
  }

  #runSection(name: string, engine: EngineName): void {
    const section = this.#sections.get(name);
    invariant(section !== undefined, () => `section ${name} was checked`);
    const key = `${engine} ${name}`;
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      const prepare = ENGINES[engine];
      prepared = prepare(section, this.#device.symbols, this.#modules);
      this.#prepared.set(key, prepared);
    }
    for (const symbol of symbolsUsed(section)) this.#device.bytes(symbol);
    prepared(this.#device.memory);
  }

  #writtenBy(call: Pef["flow"]["schedule"][number]): string[] {
    if (call.kind === "host") return call.outputs.filter((name) => name !== null);
    const section = this.#sections.get(call.section);
    return (section?.units ?? []).flatMap((unit) => (unit.kind === "store" ? [unit.symbol] : []));
  }

  #report(written: readonly string[], onTensor: NonNullable<RunOptions["onTensor"]>): void {
    for (const symbol of new Set(written)) {
      if (this.#device.has(symbol)) onTensor(symbol, () => copyOf(this.#device, symbol));
    }
  }
}

/**
 * Makes a PEF ready to run. Bytes are decoded and validated: whatever they are, the outcome is a program that the checkers accept or a
 * CompileError (E07xx).
 */
export function load(source: Uint8Array | Pef, options: LoadOptions = {}): Program {
  const pef = source instanceof Uint8Array ? decode(source, options) : source;
  if (options.validate !== false) validate(pef);
  return new Program(pef, options.readWeight);
}

function symbolsUsed({ units }: Section): Set<TensorSymbol["name"]> {
  return new Set(units.flatMap((unit) => (unit.kind === "load" || unit.kind === "store" ? [unit.symbol] : [])));
}

function copyOf(device: DeviceTensors, name: string): Tensor {
  const { dtype, shape } = device.tensor(name);
  return fromBytes(dtype, shape, device.bytes(name).slice());
}
