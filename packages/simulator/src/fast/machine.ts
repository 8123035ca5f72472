import { reject } from "@rdu/diagnostics";
import { type DeviceMemory, elementsOf } from "../memory.ts";
import { hostImports } from "./host-functions.ts";
import { type MemoryLayout, placeStaged } from "./memory-layout.ts";
import { bytesOf, type Region } from "./region.ts";

/** A function of a module, by number. */
export interface LinkedFunction {
  readonly module: WebAssembly.Module;
  readonly place: number;
}

/** One kernel to be run: a function of the section, by number, and what to pass once regions have their addresses. */
export interface Call {
  readonly function: number;
  readonly operands: () => readonly number[];
  /** Weights that it finds in the staging area. */
  readonly staged: readonly Region[];
}

interface SymbolRegion {
  readonly name: string;
  readonly region: Region;
}

/** Everything that running a section takes. */
export interface MachineProgram {
  readonly functions: readonly LinkedFunction[];
  readonly layout: MemoryLayout;
  /** Names of units by number, for errors. */
  readonly owners: readonly string[];
  readonly regions: readonly Region[];
  readonly loads: readonly (SymbolRegion & { readonly weight: boolean })[];
  readonly stores: readonly SymbolRegion[];
  readonly initials: readonly { readonly region: Region; readonly value: number | bigint }[];
  readonly staged: ReadonlySet<Region>;
  /** Regions that hold the same after every run. */
  readonly constant: ReadonlySet<Region>;
  /** Kernels that depend on weights alone. */
  readonly preparations: readonly Call[];
  readonly calls: readonly Call[];
}

type Function = (...operands: number[]) => void;

interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly functions: readonly Function[];
}

/** A section in its own linear memory, instantiated at the first run. */
export function machine(program: MachineProgram): { run(memory: DeviceMemory): void } {
  let instance: Instance | null = null;
  let weights: ReadonlyMap<Region, Uint8Array> | null = null;
  let calls: readonly { readonly run: Function; readonly operands: readonly number[] }[] = [];

  return {
    run(memory) {
      if (instance === null) {
        instance = instantiate(program);
        const { functions } = instance;
        calls = program.calls.map((call) => ({ run: functions[call.function]!, operands: call.operands() }));
      }
      const linear = new Uint8Array(instance.memory.buffer);
      const changed = program.loads.filter(
        ({ name, region, weight }) => !weight || weights?.get(region) !== bytesNamed(memory, name),
      );
      const renew = weights === null || changed.some(({ region }) => program.staged.has(region));
      for (const { name, region } of changed) {
        if (!program.staged.has(region)) copyIn(linear, region, bytesNamed(memory, name));
      }
      for (const { name, region } of program.stores) copyIn(linear, region, bytesNamed(memory, name));
      for (const { region, value } of program.initials) {
        if (renew || !program.constant.has(region)) fill(linear, region, value);
      }
      const loaded = new Map(program.loads.map(({ name, region }) => [region, bytesNamed(memory, name)]));
      if (renew) prepare(program, instance, loaded);
      weights = loaded;
      for (const { run, operands } of calls) run(...operands);
      for (const { name, region } of program.stores) {
        const { address } = region.place;
        bytesNamed(memory, name).set(linear.subarray(address, address + bytesOf(region)));
      }
    },
  };
}

function instantiate({ functions, layout, owners, regions }: MachineProgram): Instance {
  const memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages });
  const env = { memory, ...hostImports(owners) };
  const instances = new Map<WebAssembly.Module, Record<string, Function>>();
  for (const { module } of functions) {
    if (instances.has(module)) continue;
    instances.set(module, new WebAssembly.Instance(module, { env }).exports as Record<string, Function>);
  }
  for (const { place, contents } of regions) {
    if (contents !== undefined) new Int32Array(memory.buffer).set(contents, place.address / 4);
  }
  return { memory, functions: functions.map(({ module, place }) => instances.get(module)![place]!) };
}

/** Runs the kernels that depend on weights alone, the weights passing through the staging area. */
function prepare(
  { preparations, layout }: MachineProgram,
  { memory, functions }: Instance,
  weights: ReadonlyMap<Region, Uint8Array>,
): void {
  const linear = new Uint8Array(memory.buffer);
  let present: readonly Region[] = [];
  for (const call of preparations) {
    placeStaged(call.staged, layout.staging);
    for (const [position, region] of call.staged.entries()) {
      // The area still holds what the call before wanted at the same place.
      const kept = call.staged.slice(0, position + 1).every((other, at) => present[at] === other);
      if (!kept) copyIn(linear, region, weights.get(region)!);
    }
    present = call.staged;
    functions[call.function]!(...call.operands());
  }
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
