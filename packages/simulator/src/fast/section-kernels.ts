import { type LaneType, laneOf } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import {
  type AddressProgram,
  addressRange,
  type ComputeUnit,
  type Domain,
  indexedPrograms,
  indexSection,
  ownerOf,
  type Port,
  readProgramsOf,
  type Section,
  type Stream,
  type TensorSymbol,
  type Unit,
  writeProgramsOf,
} from "@rdu/flow";
import type { DType } from "@rdu/tensor";
import type { Access, Kernel } from "./kernel.ts";
import { bufferStorage, type Region, regionOf } from "./region.ts";
import { align, denseLayout, formOver, type Space, slotLayout, spaceOf } from "./space.ts";
import { topologicalUnits } from "./topological-units.ts";
import { copyKernel, outputDomain, unitKernel } from "./unit-kernel.ts";

/** The memory that the kernels of a section work on. */
export interface SectionRegions {
  readonly regions: readonly Region[];
  /** Regions of symbols that are read, by symbol name. */
  readonly loads: ReadonlyMap<string, Region>;
  /** Regions of symbols that are written, by symbol name; symbols that alias each other share one. */
  readonly stores: ReadonlyMap<string, Region>;
  /** What regions hold before the first kernel runs. */
  readonly initials: readonly { readonly region: Region; readonly value: number | bigint }[];
}

/** What is on a stream: at each firing of a domain the elements at these addresses. */
interface Source {
  readonly program: AddressProgram;
  readonly region: Region;
  readonly unit: Unit;
  /** Position among the unit's index ports. */
  readonly position: number;
}

/**
 * One kernel for each compute unit, its operands read straight from the memory units and its results written straight to them; one for each
 * stream between memories. A stream between compute units is kept whole in a region of its own.
 *
 * Memory units are not circular here: every logical address has its place, so units may run one after the other. Rejects with E0705 and
 * E0807 what the exact engine would. null when a stream joins domains that this translation cannot pair: run the section exactly.
 *
 * @param take is given the kernels in the order in which they are to run.
 */
export function sectionKernels(
  section: Section,
  symbols: ReadonlyMap<string, TensorSymbol>,
  take: (kernel: Kernel) => void,
): SectionRegions | null {
  const { units, entering, leaving, indices } = indexSection(section);
  const regions: Region[] = [];
  const loads = new Map<string, Region>();
  const stores = new Map<string, Region>();
  const initials: { region: Region; value: number | bigint }[] = [];
  const buffers = new Map<string, Region>();
  const streams = new Map<Stream, Region>();
  const slots = new Map<Stream, Region>();
  let paired = true;

  const add = (region: Region): Region => {
    regions.push(region);
    return region;
  };
  const unitNamed = (name: string): Unit => units.get(name) ?? reject("E0705", `stream to unknown unit "${name}"`);
  const symbolNamed = (name: string): TensorSymbol =>
    symbols.get(name) ?? reject("E0705", `symbol "${name}" has no memory`);
  const elementsOf = ({ shape }: TensorSymbol): number => shape.reduce((product, extent) => product * extent, 1);

  for (const unit of section.units) {
    if (unit.kind === "memory") {
      const region = add(regionOf(unit.name, "buffer", bufferStorage(unit.dtype), unit.elements));
      buffers.set(unit.name, region);
      if (unit.initial !== undefined) initials.push({ region, value: unit.initial });
    } else if (unit.kind === "load") {
      const symbol = symbolNamed(unit.symbol);
      if (laneOf(symbol.dtype) === undefined) reject("E0705", `no lane holds elements of type ${symbol.dtype}`);
      if (loads.has(symbol.name)) continue;
      loads.set(symbol.name, add(regionOf(symbol.name, "load", symbol.dtype, elementsOf(symbol))));
    } else if (unit.kind === "store") {
      const symbol = symbolNamed(unit.symbol);
      if (laneOf(symbol.dtype) === undefined) reject("E0705", `no lane holds elements of type ${symbol.dtype}`);
      const owner = ownerOf(symbols, symbol).name;
      const shared = [...stores].find(([name]) => ownerOf(symbols, symbolNamed(name)).name === owner)?.[1];
      // Aliases of different types would need their bytes read in two ways.
      if (shared !== undefined && shared.storage !== symbol.dtype) paired = false;
      const region = shared ?? add(regionOf(symbol.name, "store", symbol.dtype, elementsOf(symbol)));
      stores.set(symbol.name, region);
      if (unit.initial !== undefined) initials.push({ region, value: unit.initial });
    }
  }

  const sourceOf = (stream: Stream): Source => {
    const unit = unitNamed(stream.from.unit);
    const position = stream.from.port;
    if (unit.kind === "compute") {
      return { program: denseProgram(outputDomain(unit)), region: denseRegion(stream, unit), unit, position: -1 };
    }
    const program = readProgramsOf(unit)[position];
    const region =
      unit.kind === "memory" ? buffers.get(unit.name) : unit.kind === "load" ? loads.get(unit.symbol) : undefined;
    if (program === undefined || region === undefined)
      reject("E0705", `nothing leaves port ${position} of "${unit.name}"`);
    return { program, region, unit, position };
  };

  const denseRegion = (stream: Stream, unit: ComputeUnit): Region => {
    const known = streams.get(stream);
    if (known !== undefined) return known;
    const { elements } = denseLayout(outputDomain(unit));
    const region = add(regionOf(stream.name, "buffer", bufferStorage(stream.dtype), elements));
    streams.set(stream, region);
    return region;
  };

  /** The access of a program in a space, or null when their domains do not pair. */
  const accessIn = (source: Source, space: Space): Access | null => {
    const { program, region, unit } = source;
    const alignment = align(program.domain, space);
    if (alignment === null) return null;
    const range = addressRange(program);
    if (range !== null && (range.low < 0 || range.high >= region.elements)) {
      const wrong = range.low < 0 ? range.low : range.high;
      reject("E0807", `address ${wrong} is outside 0 .. ${region.elements - 1} in ${unit.name}`);
    }
    const plain: Access = {
      region,
      storage: region.storage,
      address: formOver(program.address, alignment, space),
      guards: program.guards.map(({ form, bound }) => ({ form: formOver(form, alignment, space), bound })),
      fill: program.fill,
    };
    if (program.index === undefined) return plain;
    const { stride, bound, clip, perLane } = program.index;
    const stream = indices.get(unit.name)?.get(source.position);
    if (stream === undefined) reject("E0705", `nothing is wired to index ${source.position} of "${unit.name}"`);
    const domain: Domain = perLane ? program.domain : { ...program.domain, vector: -1, lanes: 1 };
    const access = enter(stream, space, domain);
    return { ...plain, index: { access, stride, bound, clip, owner: unit.name } };
  };

  /** The access that stands for a stream in a space; `domain` is the one that the consumer takes its vectors in. */
  const enter = (stream: Stream, space: Space, domain: Domain): Access => {
    const source = sourceOf(stream);
    const direct = accessIn(source, space);
    if (direct !== null) return direct;
    const region = slots.get(stream) ?? slotsOf(stream, source);
    const layout = slotLayout(domain, stream.lanes);
    const access = layout && accessIn({ ...source, program: plainProgram(domain, layout.address), region }, space);
    if (access !== null) return access;
    paired = false;
    return {
      region,
      storage: region.storage,
      address: { base: 0, strides: space.dims.map(() => 0) },
      guards: [],
      fill: 0,
    };
  };

  /** Puts a stream into slots: firing by firing. */
  const slotsOf = (stream: Stream, source: Source): Region => {
    const { domain } = source.program;
    const layout = slotLayout(domain, stream.lanes);
    const region = add(regionOf(`${stream.name} slots`, "buffer", bufferStorage(stream.dtype), layout?.elements ?? 0));
    slots.set(stream, region);
    const space = spaceOf(domain);
    const from = accessIn(source, space);
    const to = layout && accessIn({ ...source, program: plainProgram(domain, layout.address), region }, space);
    if (from === null || to === null) paired = false;
    else take(copyKernel(space, laneTypeOf(stream.dtype), from, [to]));
    return region;
  };

  /** The write program behind a destination port, null when that is a compute unit or an index port. */
  const sinkOf = (port: Port): Source | null => {
    const unit = unitNamed(port.unit);
    const program = port.index === true ? undefined : writeProgramsOf(unit)[port.port];
    const region =
      unit.kind === "memory" ? buffers.get(unit.name) : unit.kind === "store" ? stores.get(unit.symbol) : undefined;
    if (program === undefined || region === undefined) return null;
    return { program, region, unit, position: indexedPrograms(unit).indexOf(program) };
  };

  const copyTo = (stream: Stream, sink: Source): void => {
    const { domain } = sink.program;
    const space = spaceOf(domain);
    const from = enter(stream, space, domain);
    const to = accessIn(sink, space);
    if (to === null) paired = false;
    else take(copyKernel(space, laneTypeOf(stream.dtype), from, [to]));
  };

  const compute = (unit: ComputeUnit): void => {
    const later: (() => void)[] = [];
    const kernel = unitKernel(unit, {
      input(port, space) {
        const stream = entering.get(unit.name)?.get(port);
        if (stream === undefined) reject("E0705", `nothing is wired to input ${port} of "${unit.name}"`);
        return enter(stream, space, inputDomain(unit, port));
      },
      output(port, space) {
        const stream = leaving.get(unit.name)?.get(port);
        if (stream === undefined) reject("E0705", `nothing is wired to output ${port} of "${unit.name}"`);
        const targets: Access[] = [];
        let whole = false;
        for (const destination of stream.to) {
          const sink = sinkOf(destination);
          const target = sink && accessIn(sink, space);
          if (target !== null) targets.push(target);
          else whole = true;
          if (sink !== null && target === null) later.push(() => copyTo(stream, sink));
        }
        if (whole) targets.push(accessIn(sourceOf(stream), space) ?? reject("E0812", `stream "${stream.name}"`));
        return targets;
      },
    });
    take(kernel);
    for (const copy of later) copy();
  };

  for (const unit of topologicalUnits(section)) {
    if (unit.kind === "compute") {
      compute(unit);
      continue;
    }
    for (const stream of leaving.get(unit.name)?.values() ?? []) {
      for (const sink of stream.to.map(sinkOf)) if (sink !== null) copyTo(stream, sink);
    }
  }
  return paired ? { regions, loads, stores, initials } : null;
}

function laneTypeOf(dtype: DType): LaneType {
  return laneOf(dtype) ?? reject("E0705", `no lane holds elements of type ${dtype}`);
}

function plainProgram(domain: Domain, address: AddressProgram["address"]): AddressProgram {
  return { domain, address, guards: [], fill: 0 };
}

function denseProgram(domain: Domain): AddressProgram {
  return plainProgram(domain, denseLayout(domain).address);
}

/** The domain in which a compute unit takes vectors at an input. */
function inputDomain(unit: ComputeUnit, port: number): Domain {
  const { body } = unit;
  const direct = body.kind === "systolic" ? 2 : body.bodyInputs;
  const domain = port < direct ? body.domain : outputDomain(unit);
  if (body.inputs[port]?.broadcast === true) return { ...domain, vector: -1, lanes: 1 };
  return body.kind === "systolic" && port === 0 ? { ...domain, vector: body.m, lanes: body.rows } : domain;
}
