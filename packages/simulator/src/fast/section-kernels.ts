import { type LaneType, laneOf } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import {
  type AddressProgram,
  addressRange,
  type ComputeUnit,
  type Domain,
  indexedPrograms,
  indexSection,
  type Port,
  readProgramsOf,
  type Section,
  type SectionIndex,
  type Stream,
  type TensorSymbol,
  type Unit,
  writeProgramsOf,
} from "@rdu/flow";
import type { DType } from "@rdu/tensor";
import type { Access, Kernel } from "./kernel.ts";
import { bufferStorage, type Region } from "./region.ts";
import { type SectionRegions, sectionRegions } from "./section-regions.ts";
import { align, denseLayout, formOver, type Space, slotLayout, spaceOf } from "./space.ts";
import { topologicalUnits } from "./topological-units.ts";
import { copyKernel, outputDomain, unitKernel } from "./unit-kernel.ts";

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
  const regions = sectionRegions(section, symbols);
  const translation = new Translation(indexSection(section), regions, take);
  for (const unit of topologicalUnits(section)) translation.translate(unit);
  return translation.paired && !sharesBytes(regions, symbols) ? regions : null;
}

/** Whether stores write one tensor as elements of different types. */
function sharesBytes({ stores }: SectionRegions, symbols: ReadonlyMap<string, TensorSymbol>): boolean {
  return [...stores].some(([name, region]) => symbols.get(name)?.dtype !== region.storage);
}

/** What is on a stream: at each firing of a domain the elements at these addresses. */
interface Source {
  readonly program: AddressProgram;
  readonly region: Region;
  readonly unit: Unit;
  /** Position among the unit's index ports. */
  readonly position: number;
}

/** The translation of one section. Exists for its length: it remembers which streams have regions. */
class Translation {
  /** Whether all streams so far could be followed. */
  paired = true;
  readonly #index: SectionIndex;
  readonly #regions: SectionRegions;
  readonly #take: (kernel: Kernel) => void;
  /** Streams between compute units, in the order of their elements. */
  readonly #dense = new Map<Stream, Region>();
  /** Streams between domains that count alike but differently, firing by firing. */
  readonly #slots = new Map<Stream, Region>();

  constructor(index: SectionIndex, regions: SectionRegions, take: (kernel: Kernel) => void) {
    this.#index = index;
    this.#regions = regions;
    this.#take = take;
  }

  translate(unit: Unit): void {
    if (unit.kind === "compute") {
      this.#compute(unit);
      return;
    }
    for (const stream of this.#index.leaving.get(unit.name)?.values() ?? []) {
      for (const port of stream.to) {
        const sink = this.#sinkOf(port);
        if (sink !== null) this.#copyTo(stream, sink);
      }
    }
  }

  #compute(unit: ComputeUnit): void {
    const { entering, leaving } = this.#index;
    const copies: (() => void)[] = [];
    const kernel = unitKernel(unit, {
      input: (port, space) => {
        const stream = entering.get(unit.name)?.get(port);
        if (stream === undefined) reject("E0705", `nothing is wired to input ${port} of "${unit.name}"`);
        return this.#enter(stream, space, inputDomain(unit, port));
      },
      output: (port, space) => {
        const stream = leaving.get(unit.name)?.get(port);
        if (stream === undefined) reject("E0705", `nothing is wired to output ${port} of "${unit.name}"`);
        const targets: Access[] = [];
        let whole = false;
        for (const destination of stream.to) {
          const sink = this.#sinkOf(destination);
          const target = sink && this.#accessIn(sink, space);
          if (target !== null) targets.push(target);
          else whole = true;
          if (sink !== null && target === null) copies.push(() => this.#copyTo(stream, sink));
        }
        if (!whole) return targets;
        const all = this.#accessIn(this.#sourceOf(stream), space) ?? reject("E0812", `stream "${stream.name}"`);
        return [...targets, all];
      },
    });
    this.#take(kernel);
    for (const copy of copies) copy();
  }

  #copyTo(stream: Stream, sink: Source): void {
    const { domain } = sink.program;
    const space = spaceOf(domain);
    const from = this.#enter(stream, space, domain);
    const to = this.#accessIn(sink, space);
    if (to === null) this.paired = false;
    else this.#take(copyKernel(space, laneTypeOf(stream.dtype), from, [to]));
  }

  /** The access that stands for a stream in a space; `domain` is the one that the consumer takes its vectors in. */
  #enter(stream: Stream, space: Space, domain: Domain): Access {
    const source = this.#sourceOf(stream);
    const direct = this.#accessIn(source, space);
    if (direct !== null) return direct;
    const region = this.#slots.get(stream) ?? this.#slotsOf(stream, source);
    const layout = slotLayout(domain, stream.lanes);
    const slots = layout && { ...source, program: plainProgram(domain, layout.address), region };
    const access = slots && this.#accessIn(slots, space);
    if (access !== null) return access;
    this.paired = false;
    const nowhere = { base: 0, strides: space.dims.map(() => 0) };
    return { region, storage: region.storage, address: nowhere, guards: [], fill: 0 };
  }

  /** Puts a stream into slots: firing by firing. */
  #slotsOf(stream: Stream, source: Source): Region {
    const { domain } = source.program;
    const layout = slotLayout(domain, stream.lanes);
    const region = this.#regions.add(`${stream.name} slots`, bufferStorage(stream.dtype), layout?.elements ?? 0);
    this.#slots.set(stream, region);
    const space = spaceOf(domain);
    const from = this.#accessIn(source, space);
    const slots = layout && { ...source, program: plainProgram(domain, layout.address), region };
    const to = slots && this.#accessIn(slots, space);
    if (from === null || to === null) this.paired = false;
    else this.#take(copyKernel(space, laneTypeOf(stream.dtype), from, [to]));
    return region;
  }

  /** The access of a program in a space, or null when their domains do not pair. */
  #accessIn(source: Source, space: Space): Access | null {
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
    const stream = this.#index.indices.get(unit.name)?.get(source.position);
    if (stream === undefined) reject("E0705", `nothing is wired to index ${source.position} of "${unit.name}"`);
    const domain: Domain = perLane ? program.domain : { ...program.domain, vector: -1, lanes: 1 };
    const access = this.#enter(stream, space, domain);
    return { ...plain, index: { access, stride, bound, clip, owner: unit.name } };
  }

  #sourceOf(stream: Stream): Source {
    const unit = this.#unitNamed(stream.from.unit);
    const position = stream.from.port;
    if (unit.kind === "compute") {
      const program = plainProgram(outputDomain(unit), denseLayout(outputDomain(unit)).address);
      return { program, region: this.#denseRegion(stream, unit), unit, position: -1 };
    }
    const program = readProgramsOf(unit)[position];
    const { buffers, loads } = this.#regions;
    const region =
      unit.kind === "memory" ? buffers.get(unit.name) : unit.kind === "load" ? loads.get(unit.symbol) : undefined;
    if (program === undefined || region === undefined) {
      reject("E0705", `nothing leaves port ${position} of "${unit.name}"`);
    }
    return { program, region, unit, position };
  }

  #denseRegion(stream: Stream, unit: ComputeUnit): Region {
    const known = this.#dense.get(stream);
    if (known !== undefined) return known;
    const { elements } = denseLayout(outputDomain(unit));
    const region = this.#regions.add(stream.name, bufferStorage(stream.dtype), elements);
    this.#dense.set(stream, region);
    return region;
  }

  /** The write program behind a destination port, null when that is a compute unit or an index port. */
  #sinkOf(port: Port): Source | null {
    const unit = this.#unitNamed(port.unit);
    const program = port.index === true ? undefined : writeProgramsOf(unit)[port.port];
    const { buffers, stores } = this.#regions;
    const region =
      unit.kind === "memory" ? buffers.get(unit.name) : unit.kind === "store" ? stores.get(unit.symbol) : undefined;
    if (program === undefined || region === undefined) return null;
    return { program, region, unit, position: indexedPrograms(unit).indexOf(program) };
  }

  #unitNamed(name: string): Unit {
    return this.#index.units.get(name) ?? reject("E0705", `stream to unknown unit "${name}"`);
  }
}

function laneTypeOf(dtype: DType): LaneType {
  return laneOf(dtype) ?? reject("E0705", `no lane holds elements of type ${dtype}`);
}

function plainProgram(domain: Domain, address: AddressProgram["address"]): AddressProgram {
  return { domain, address, guards: [], fill: 0 };
}

/** The domain in which a compute unit takes vectors at an input. */
function inputDomain(unit: ComputeUnit, port: number): Domain {
  const { body } = unit;
  const direct = body.kind === "systolic" ? 2 : body.bodyInputs;
  const domain = port < direct ? body.domain : outputDomain(unit);
  if (body.inputs[port]?.broadcast === true) return { ...domain, vector: -1, lanes: 1 };
  return body.kind === "systolic" && port === 0 ? { ...domain, vector: body.m, lanes: body.rows } : domain;
}
