import type { Instruction } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import type {
  AddressProgram,
  Affine,
  ComputeUnit,
  CounterValue,
  Domain,
  Handshake,
  Input,
  MemoryUnit,
  Output,
  Port,
  Section,
  SectionPlacement,
  Site,
  Stream,
  TileMap,
  Unit,
} from "@rdu/flow";
import type { rdu } from "./generated/pef.js";
import { indexByName, indexOf, type Tables } from "./intern.ts";

/** One section with its placement, if it has one. `symbols` gives the index of each tensor symbol. */
export function encodeSection(
  section: Section,
  placement: SectionPlacement | undefined,
  symbols: ReadonlyMap<string, number>,
  tables: Tables,
): rdu.pef.Section.$Properties {
  const units = indexByName(section.units, "unit");
  return {
    name: section.name,
    units: section.units.map((unit) => encodeUnit(unit, symbols, tables)),
    streams: section.streams.map((stream) => encodeStream(stream, units, tables)),
    siteRows:
      placement === undefined
        ? []
        : section.units.map(({ name }) => {
            const sites = placement.sites.get(name);
            return sites === undefined ? 0 : 1 + tables.rows.id(sites.map(siteWord));
          }),
    routeRows:
      placement === undefined
        ? []
        : section.streams.map(({ name }) => {
            const route = placement.routes.get(name);
            if (route === undefined) return 0;
            return (
              1 + tables.rows.id(differences(route.hops.flatMap(({ from, to }) => [siteWord(from), siteWord(to)])))
            );
          }),
  };
}

/** A coordinate in one number: tile * 2^20 + row * 2^10 + column. */
function siteWord({ tile, row, column }: Site): number {
  invariant(row < 1024 && column < 1024 && tile < 4096, () => `site ${tile}/${row},${column} is beyond the PEF's grid`);
  return tile * 2 ** 20 + row * 2 ** 10 + column;
}

/** Each number less the one before: the hops of a route are neighbours, so these are small. */
function differences(values: readonly number[]): number[] {
  return values.map((value, index) => value - (index === 0 ? 0 : (values[index - 1] as number)));
}

function encodeUnit(unit: Unit, symbols: ReadonlyMap<string, number>, tables: Tables): rdu.pef.Unit.$Properties {
  const common = { name: unit.name, origin: tables.origin(unit.origin) };
  switch (unit.kind) {
    case "load":
      return {
        ...common,
        load: { symbol: indexOf(symbols, unit.symbol, "symbol"), programRow: programRow(unit.program, tables) },
      };
    case "store":
      return {
        ...common,
        store: {
          symbol: indexOf(symbols, unit.symbol, "symbol"),
          programRow: programRow(unit.program, tables),
          initial: tables.optionalLiteral(unit.initial),
        },
      };
    case "memory":
      return { ...common, memory: encodeMemory(unit, tables) };
    case "compute":
      return {
        ...common,
        compute: { template: tables.string(unit.template), body: tables.body(encodeBody(unit, tables)) },
      };
    default:
      throw unit satisfies never;
  }
}

function encodeMemory(unit: MemoryUnit, tables: Tables): rdu.pef.Memory.$Properties {
  return {
    dtype: tables.string(unit.dtype),
    elements: unit.elements,
    capacity: unit.capacity,
    span: unit.span,
    initial: tables.optionalLiteral(unit.initial),
    writeRows: unit.writes.map((program) => programRow(program, tables)),
    writeFifos: unit.writes.map(({ fifo }) => fifo),
    readRows: unit.reads.map((program) => programRow(program, tables)),
    handshakeRows: unit.handshakes.map((handshake) => handshakeRow(handshake, tables)),
  };
}

/** [write, read, need, grant], each map as [period, quantum, scale, divisor, offset, 1 + delay or 0 when it has none]. */
function handshakeRow({ write, read, need, grant }: Handshake, tables: Tables): number {
  const map = ({ period, quantum, scale, divisor, offset, delay }: TileMap): number[] => {
    return [period, quantum, scale, divisor, offset, delay === undefined ? 0 : delay + 1];
  };
  return tables.rows.id([write, read, ...map(need), ...map(grant)]);
}

/**
 * [domain row, form row, base, literal id of the fill, guards, then per guard form row, base, bound, then with an imported
 * index stride, bound, perLane, clip].
 */
function programRow({ domain, address, guards, fill, index }: AddressProgram, tables: Tables): number {
  const row = [domainRow(domain, tables), formRow(address, tables), address.base, tables.literal(fill), guards.length];
  for (const { form, bound } of guards) row.push(formRow(form, tables), form.base, bound);
  if (index !== undefined) row.push(index.stride, index.bound, index.perLane ? 1 : 0, index.clip ? 1 : 0);
  return tables.rows.id(row);
}

/** [laneStride, strides...]; the base stands with the user of the form, since parallel units differ in nothing else. */
function formRow({ laneStride, strides }: Affine, tables: Tables): number {
  return tables.rows.id([laneStride, ...strides]);
}

/** [tileDepth, vector, lanes, then per counter extent, step, 1 + within or 0]. */
function domainRow({ counters, tileDepth, vector, lanes }: Domain, tables: Tables): number {
  const row = [tileDepth, vector, lanes];
  for (const { extent, step, within } of counters) row.push(extent, step, within === undefined ? 0 : within + 1);
  return tables.rows.id(row);
}

function encodeBody({ body }: ComputeUnit, tables: Tables): rdu.pef.Body.$Properties {
  const shared = {
    domainRow: domainRow(body.domain, tables),
    inputs: body.inputs.map((input) => encodeInput(input, tables)),
    epilogue: body.epilogue.map((instruction) => encodeInstruction(instruction, tables)),
    outputs: body.outputs.map((output) => encodeOutput(output, tables)),
  };
  if (body.kind === "systolic") {
    return { ...shared, systolic: true, m: body.m, rows: body.rows, accumulate: tables.string(body.accumulate) };
  }
  return {
    ...shared,
    systolic: false,
    reduceFrom: body.reduceFrom,
    bodyInputs: body.bodyInputs,
    scan: tables.string(body.scan),
    instructions: body.instructions.map((instruction) => encodeInstruction(instruction, tables)),
    reductions: body.reductions.map(({ combiner, type, register, index, gives }) => ({
      combiner: tables.string(combiner),
      type: tables.string(type),
      register,
      index: index === undefined ? 0 : index + 1,
      givesIndex: gives === "index",
    })),
    countersRow: countersRow(body.counters, tables),
    epilogueCountersRow: countersRow(body.epilogueCounters, tables),
  };
}

function countersRow(counters: readonly CounterValue[], tables: Tables): number {
  return tables.rows.id(counters.flatMap(({ counter, base, scale }) => [counter, base, scale]));
}

function encodeInput({ dtype, type, broadcast }: Input, tables: Tables): rdu.pef.Input.$Properties {
  return { dtype: tables.string(dtype), type: tables.string(type), broadcast };
}

function encodeOutput({ register, dtype }: Output, tables: Tables): rdu.pef.Output.$Properties {
  return { register, dtype: tables.string(dtype) };
}

function encodeInstruction(
  { op, type, operands, storage, to }: Instruction,
  tables: Tables,
): rdu.pef.Instruction.$Properties {
  return {
    op: tables.string(op),
    type: tables.string(type),
    operands: operands.map((operand) => {
      return typeof operand === "number" ? operand : -1 - tables.immediate(operand.type, operand.value);
    }),
    storage: tables.string(storage ?? ""),
    to: tables.string(to ?? ""),
  };
}

function encodeStream(
  { name, from, to, dtype, lanes, depth }: Stream,
  units: ReadonlyMap<string, number>,
  tables: Tables,
): rdu.pef.Stream.$Properties {
  const end = ({ unit, port, index }: Port): number[] => {
    return [indexOf(units, unit, "unit"), 2 * port + (index === true ? 1 : 0)];
  };
  return { name, ends: [from, ...to].flatMap(end), dtype: tables.string(dtype), lanes, depth };
}
