import type { Section, TensorSymbol } from "@rdu/flow";
import { exact } from "../exact/exact.ts";
import type { DeviceMemory } from "../memory.ts";
import { constantKernels, type Touched, touchedBy } from "./constants.ts";
import { type EmittedKernel, emitKernel } from "./emit/emit-kernel.ts";
import { argumentOf, type Parameter } from "./emit/form-table.ts";
import { IMPORTS } from "./host-functions.ts";
import type { Kernel } from "./kernel.ts";
import { type Call, type LinkedFunction, machine } from "./machine.ts";
import { layOut } from "./memory-layout.ts";
import { prepareSystolic, type SharedRegions } from "./prepare-systolic.ts";
import type { Region } from "./region.ts";
import { sectionKernels } from "./section-kernels.ts";
import type { SectionRegions } from "./section-regions.ts";
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
  const shared: SharedRegions = { regions: [], known: new Map() };
  const steps: Step[] = [];
  const functions = new Map<string, EmittedKernel["emit"]>();
  // Kernels are not kept: a large section has tens of thousands of them.
  const translated = sectionKernels(section, symbols, (kernel) => {
    for (const prepared of prepareKernel(kernel, shared)) {
      const { key, parameters, emit } = emitKernel(prepared, reserveSlack(prepared));
      if (!functions.has(key)) functions.set(key, emit);
      steps.push({ touched: touchedBy(prepared), parameters, key });
    }
  });
  if (translated === null) return { run: (memory) => exact(section, symbols, memory) };
  const regions = [...translated.regions, ...shared.regions];
  return assemble({ ...translated, regions }, steps, symbols, linked(functions, cache));
}

/** The kernels that run in the place of one. */
function prepareKernel(kernel: Kernel, shared: SharedRegions): Kernel[] {
  // Kernels without iterations do nothing.
  if (kernel.dims.some(({ count }) => count <= 0)) return [];
  const simple = simplifyKernel(kernel);
  const clipped = clipWrites(simple);
  if (clipped === null) return [];
  const short = clipped === simple ? simple : simplifyKernel(clipped);
  return splitWrites(short, shared.regions).flatMap((part) => prepareSystolic(part, shared));
}

interface Step {
  readonly touched: Touched;
  readonly parameters: readonly Parameter[];
  /** Of the function. */
  readonly key: string;
}

function assemble(
  { regions, loads, stores, initials }: SectionRegions,
  steps: readonly Step[],
  symbols: ReadonlyMap<string, TensorSymbol>,
  functions: ReadonlyMap<string, LinkedFunction>,
): FastSection {
  const constant = constantKernels(
    steps.map(({ touched }) => touched),
    loads,
    symbols,
  );
  const staged = new Set(loads.values());
  steps.forEach(({ touched }, index) => {
    if (!constant.kernels[index]) for (const region of touched.reads) staged.delete(region);
  });
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
  const places = new Map([...functions.keys()].map((key, place) => [key, place]));
  const callOf = (step: Step): Call => ({
    function: places.get(step.key)!,
    staged: stagedBy(step),
    operands: () => step.parameters.map((parameter) => argumentOf(parameter, ownerNumber)),
  });
  return machine({
    functions: [...functions.values()],
    layout,
    owners,
    regions,
    loads: [...loads].map(([name, region]) => ({ name, region, weight: symbols.get(name)?.role === "weight" })),
    stores: [...stores].map(([name, region]) => ({ name, region })),
    initials,
    staged,
    constant: constant.regions,
    preparations: steps.filter((_, index) => constant.kernels[index]).map(callOf),
    calls: steps.filter((_, index) => !constant.kernels[index]).map(callOf),
  });
}

/** Where the functions are found; those that no module holds yet go into a new one. */
function linked(
  functions: ReadonlyMap<string, EmittedKernel["emit"]>,
  cache: ModuleCache,
): ReadonlyMap<string, LinkedFunction> {
  const missing = [...functions].filter(([key]) => !cache.has(key));
  if (missing.length > 0) {
    const code = missing.map(([, emit]) => emit());
    const module = new WebAssembly.Module(encodeModule(IMPORTS, code));
    for (const [place, [key]] of missing.entries()) cache.set(key, { module, place });
  }
  return new Map([...functions.keys()].map((key) => [key, cache.get(key)!]));
}
