import type { Section, TensorSymbol } from "@rdu/flow";
import { exact } from "../exact/exact.ts";
import type { DeviceMemory } from "../memory.ts";
import { constantKernels, type Touched, touchedBy } from "./constants.ts";
import { type EmittedKernel, emitKernel } from "./emit/emit-kernel.ts";
import { argumentOf } from "./emit/form-table.ts";
import { IMPORTS } from "./host-functions.ts";
import type { Kernel } from "./kernel.ts";
import { type Call, type LinkedFunction, machine } from "./machine.ts";
import { layOut } from "./memory-layout.ts";
import { prepareSystolic } from "./prepare-systolic.ts";
import type { Region } from "./region.ts";
import { type SectionKernels, sectionKernels } from "./section-kernels.ts";
import { simplifyKernel } from "./simplify-kernel.ts";
import { reserveSlack } from "./slack.ts";
import { clipWrites, splitWrites } from "./split-writes.ts";
import { encodeModule } from "./wasm/module.ts";

/** A section ready to run any number of times. Holds its own linear memory and the weights in the layout that its kernels want. */
export interface FastSection {
  /** Stores write into `memory`, as with `exact`. The bytes of weights must not change between runs unless the array does. */
  run(memory: DeviceMemory): void;
}

/** Functions made so far, by what they do: kernels that occur in several sections compile once. */
export type ModuleCache = Map<string, LinkedFunction>;

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
    .flatMap((kernel) => clipped(simplifyKernel(kernel)))
    .flatMap((kernel) => splitWrites(kernel, shared.regions))
    .flatMap((kernel) => prepareSystolic(kernel, shared));
  return assemble({ ...translated, kernels, regions: shared.regions }, symbols, cache);
}

function clipped(kernel: Kernel): Kernel[] {
  const clipped = clipWrites(kernel);
  if (clipped === null) return [];
  return [clipped === kernel ? kernel : simplifyKernel(clipped)];
}

/** Kernels without iterations do nothing. */
function isNeeded({ dims }: Kernel): boolean {
  return dims.every(({ count }) => count > 0);
}

interface Step {
  readonly touched: Touched;
  readonly emitted: EmittedKernel;
  /** The function's number in the section. */
  readonly place: number;
}

function assemble(
  { kernels, regions, loads, stores, initials }: SectionKernels,
  symbols: ReadonlyMap<string, TensorSymbol>,
  cache: ModuleCache,
): FastSection {
  const functions = new Map<string, EmittedKernel>();
  const places = new Map<string, number>();
  const steps = kernels.map((kernel): Step => {
    const emitted = emitKernel(kernel, reserveSlack(kernel));
    if (!functions.has(emitted.key)) places.set(emitted.key, functions.size);
    functions.set(emitted.key, emitted);
    return { touched: touchedBy(kernel), emitted, place: places.get(emitted.key)! };
  });
  const constant = constantKernels(
    steps.map(({ touched }) => touched),
    loads,
    symbols,
  );
  const isConstant = ({ touched }: Step): boolean => constant.kernels.has(touched.kernel);
  const staged = stagedRegions(steps, loads, isConstant);
  const stagedBy = ({ touched }: Step): Region[] => touched.reads.filter((region) => staged.has(region));
  const layout = layOut(
    regions.filter((region) => !staged.has(region)),
    steps.map(stagedBy),
  );
  const owners: string[] = [];
  const ownerNumber = (name: string): number => {
    if (!owners.includes(name)) owners.push(name);
    return owners.indexOf(name);
  };
  const callOf = (step: Step): Call => ({
    function: step.place,
    staged: stagedBy(step),
    operands: () => step.emitted.parameters.map((parameter) => argumentOf(parameter, ownerNumber)),
  });
  return machine({
    functions: linked(functions, cache),
    layout,
    owners,
    regions,
    loads: [...loads].map(([name, region]) => ({ name, region, weight: symbols.get(name)?.role === "weight" })),
    stores: [...stores].map(([name, region]) => ({ name, region })),
    initials,
    staged,
    constant: constant.regions,
    preparations: steps.filter(isConstant).map(callOf),
    calls: steps.filter((step) => !isConstant(step)).map(callOf),
  });
}

/** Where the functions are found; those that no module holds yet go into a new one. */
function linked(functions: ReadonlyMap<string, EmittedKernel>, cache: ModuleCache): LinkedFunction[] {
  const missing = [...functions].filter(([key]) => !cache.has(key));
  if (missing.length > 0) {
    const code = missing.map(([, emitted]) => emitted.emit());
    const module = new WebAssembly.Module(encodeModule(IMPORTS, code));
    for (const [place, [key]] of missing.entries()) cache.set(key, { module, place });
  }
  return [...functions.keys()].map((key) => cache.get(key)!);
}

/** Weights that only kernels of constants read: they pass through one staging area instead of having a place each. */
function stagedRegions(
  steps: readonly Step[],
  loads: ReadonlyMap<string, Region>,
  isConstant: (step: Step) => boolean,
): Set<Region> {
  const staged = new Set(loads.values());
  for (const step of steps) {
    if (isConstant(step)) continue;
    for (const region of step.touched.reads) staged.delete(region);
  }
  return staged;
}
