import { reject } from "@rdu/diagnostics";
import type { Section, TensorSymbol } from "@rdu/flow";
import { exact } from "../exact/exact.ts";
import { type DeviceMemory, elementsOf } from "../memory.ts";
import { constantKernels, readRegions } from "./constants.ts";
import { type EmittedKernel, emitKernel } from "./emit/emit-kernel.ts";
import { argumentOf } from "./emit/form-table.ts";
import { SCRATCH_BYTES } from "./emit/scalar-kernel.ts";
import { hostImports, IMPORTS } from "./host-functions.ts";
import type { Kernel } from "./kernel.ts";
import { prepareSystolic } from "./prepare-systolic.ts";
import { bytesOf, type Region } from "./region.ts";
import { type SectionKernels, sectionKernels } from "./section-kernels.ts";
import { simplifyKernel } from "./simplify-kernel.ts";
import { reserveSlack } from "./slack.ts";
import { encodeModule } from "./wasm/module.ts";

/** A section ready to run any number of times. Holds its own linear memory and the weights in the layout that its kernels want. */
export interface FastSection {
  /** Stores write into `memory`, as with `exact`. The bytes of weights must not change between runs unless the array does. */
  run(memory: DeviceMemory): void;
}

/** Modules by the kernels they hold: equal sections (the layers of a network) compile once. */
export type ModuleCache = Map<string, WebAssembly.Module>;

/**
 * Translates a section into WebAssembly. Same results as `exact`, bit for bit (which NaN a NaN is apart); rejects like it, but does not
 * look for deadlocks, FIFO overflow or reads of unwritten memory.
 */
export function compileFast(
  section: Section,
  symbols: ReadonlyMap<string, TensorSymbol>,
  cache: ModuleCache = new Map(),
): FastSection {
  const translated = sectionKernels(section, symbols);
  if (translated === null) return { run: (memory) => exact(section, symbols, memory) };
  const shared = { regions: [...translated.regions], known: new Map<string, Region>() };
  const kernels = translated.kernels
    .filter(isNeeded)
    .flatMap((kernel) => prepareSystolic(simplifyKernel(kernel), shared));
  return runner({ ...translated, kernels, regions: shared.regions }, symbols, cache);
}

/** Kernels without iterations do nothing. */
function isNeeded({ dims }: Kernel): boolean {
  return dims.every(({ count }) => count > 0);
}

interface Step {
  readonly kernel: Kernel;
  readonly emitted: EmittedKernel;
  readonly place: number;
}

const PAGE = 65536;

function runner(
  translated: SectionKernels,
  symbols: ReadonlyMap<string, TensorSymbol>,
  cache: ModuleCache,
): FastSection {
  const { kernels, regions, loads, stores, initials } = translated;
  const functions = new Map<string, { place: number; emitted: EmittedKernel }>();
  const steps = kernels.map((kernel): Step => {
    const emitted = emitKernel(kernel, reserveSlack(kernel));
    const known = functions.get(emitted.key) ?? { place: functions.size, emitted };
    functions.set(emitted.key, known);
    return { kernel, emitted, place: known.place };
  });
  const key = [...functions.keys()].join("\n");
  const module =
    cache.get(key) ??
    new WebAssembly.Module(
      encodeModule(
        IMPORTS,
        [...functions.values()].map(({ emitted }) => emitted.emit()),
      ),
    );
  cache.set(key, module);

  const constant = constantKernels(translated, symbols);
  const staged = stagedRegions(kernels, loads, constant.kernels);
  const stagingBytes = Math.max(
    0,
    ...kernels.map((kernel) => bytesOfAll(readRegions(kernel).filter((region) => staged.has(region)))),
  );
  const plan = layOut(
    regions.filter((region) => !staged.has(region)),
    stagingBytes,
  );
  const owners: string[] = [];
  const ownerNumber = (name: string): number => {
    if (!owners.includes(name)) owners.push(name);
    return owners.indexOf(name);
  };
  const argumentsOf = ({ emitted }: Step): number[] =>
    emitted.parameters.map((parameter) => argumentOf(parameter, ownerNumber));
  const calls = steps
    .filter(({ kernel }) => !constant.kernels.has(kernel))
    .map((step) => ({ place: step.place, with: argumentsOf(step) }));
  const preparations = steps.filter(({ kernel }) => constant.kernels.has(kernel));

  let machine: { readonly memory: WebAssembly.Memory; readonly functions: ((...operands: number[]) => void)[] } | null =
    null;
  let weights: ReadonlyMap<string, Uint8Array> | null = null;

  const start = () => {
    const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages });
    const instance = new WebAssembly.Instance(module, { env: { memory, ...hostImports(owners) } });
    for (const { place, contents } of regions) {
      if (contents !== undefined) new Int32Array(memory.buffer).set(contents, place.address / 4);
    }
    const exported = instance.exports as Record<string, (...operands: number[]) => void>;
    return { memory, functions: [...functions.values()].map(({ place }) => exported[String(place)]!) };
  };

  return {
    run(memory) {
      machine ??= start();
      const linear = new Uint8Array(machine.memory.buffer);
      const changed = [...loads].filter(
        ([name]) => symbols.get(name)?.role !== "weight" || weights?.get(name) !== bytesNamed(memory, name),
      );
      const renew = weights === null || changed.some(([, region]) => staged.has(region));
      for (const [name, region] of changed) if (!staged.has(region)) copyIn(linear, region, bytesNamed(memory, name));
      for (const [name, region] of stores) copyIn(linear, region, bytesNamed(memory, name));
      for (const { region, value } of initials) {
        if (renew || !constant.regions.has(region)) fill(linear, region, value);
      }
      if (renew) prepare(linear, memory, machine.functions);
      for (const call of calls) machine.functions[call.place]!(...call.with);
      for (const [name, region] of stores) {
        bytesNamed(memory, name).set(linear.subarray(region.place.address, region.place.address + bytesOf(region)));
      }
      weights = new Map([...loads.keys()].map((name) => [name, bytesNamed(memory, name)]));
    },
  };

  /** Runs the kernels that depend on weights alone, the weights passing through the staging area. */
  function prepare(
    linear: Uint8Array,
    memory: DeviceMemory,
    functions: readonly ((...operands: number[]) => void)[],
  ): void {
    const names = new Map([...loads].map(([name, region]) => [region, name]));
    let present: readonly Region[] = [];
    for (const step of preparations) {
      const wanted = readRegions(step.kernel).filter((region) => staged.has(region));
      let address = plan.staging;
      for (const [position, region] of wanted.entries()) {
        region.place.address = address;
        address = aligned(address + bytesOf(region) + region.slack.after);
        if (present[position] !== region) copyIn(linear, region, bytesNamed(memory, names.get(region)!));
      }
      present = wanted;
      functions[step.place]!(...argumentsOf(step));
    }
  }
}

/** Weights that only kernels of constants read: they pass through one staging area instead of having a place each. */
function stagedRegions(
  kernels: readonly Kernel[],
  loads: ReadonlyMap<string, Region>,
  constant: ReadonlySet<Kernel>,
): Set<Region> {
  const staged = new Set(loads.values());
  for (const kernel of kernels) {
    if (constant.has(kernel)) continue;
    for (const region of readRegions(kernel)) staged.delete(region);
  }
  return staged;
}

function aligned(address: number): number {
  return Math.ceil(address / 64) * 64;
}

function bytesOfAll(regions: readonly Region[]): number {
  return regions.reduce((sum, region) => sum + aligned(bytesOf(region) + region.slack.after), 0);
}

/** Gives regions their addresses. Rejects with E0705 a section that needs more than a linear memory can hold. */
function layOut(
  regions: readonly Region[],
  stagingBytes: number,
): { readonly pages: number; readonly staging: number } {
  let address = SCRATCH_BYTES;
  for (const region of regions) {
    address = aligned(address + region.slack.before);
    region.place.address = address;
    address += bytesOf(region) + region.slack.after;
  }
  const staging = aligned(address + 64);
  const pages = Math.ceil((staging + stagingBytes + 64) / PAGE);
  if (pages > 65536) reject("E0705", `a section needs ${pages * PAGE} bytes of memory, the fast engine has 4 GiB`);
  return { pages, staging };
}

function bytesNamed(memory: DeviceMemory, name: string): Uint8Array {
  return memory.get(name) ?? reject("E0705", `symbol "${name}" has no memory`);
}

function copyIn(linear: Uint8Array, region: Region, bytes: Uint8Array): void {
  if (bytes.byteLength < bytesOf(region)) {
    reject("E0705", `"${region.name}" has ${bytes.byteLength} bytes instead of ${bytesOf(region)}`);
  }
  linear.set(bytes.subarray(0, bytesOf(region)), region.place.address);
}

function fill(linear: Uint8Array, region: Region, value: number | bigint): void {
  const bytes = linear.subarray(region.place.address, region.place.address + bytesOf(region));
  if (bytes.length === 0) return;
  const elements = elementsOf(bytes, region.storage);
  elements.set(0, value);
  let done = bytes.length / elements.length;
  while (done < bytes.length) {
    bytes.copyWithin(done, 0, done);
    done *= 2;
  }
}
