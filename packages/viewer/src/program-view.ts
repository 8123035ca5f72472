import { type Chip, sitesOf } from "@rdu/chip";
import { elementAt, invariant } from "@rdu/diagnostics";
import {
  type Flow,
  type Placement,
  type Port,
  printUnitText,
  type Section,
  sectionNeeds,
  symbolBytes,
  type Unit,
} from "@rdu/flow";
import { DTYPES } from "@rdu/tensor";
import { layered } from "./layout.ts";
import { OriginTable } from "./origins.ts";
import type { Box, Edge, LedgerRow, Network, View } from "./view.ts";

/** What one section's clock says, by unit in the order of the section's units. */
export interface SectionBusy {
  readonly section: string;
  readonly cycles: number;
  readonly units: readonly {
    readonly busy: number;
    readonly waits: readonly { readonly on: string; readonly cycles: number }[];
  }[];
}

/** What there is of a program; a flow alone has neither chip nor placement. */
export interface ProgramParts {
  readonly title: string;
  readonly kind: string;
  readonly flow: Flow;
  readonly chip?: Chip;
  readonly placement?: Placement;
  readonly provenance?: readonly (readonly [string, string])[];
  readonly ledger?: readonly LedgerRow[];
  readonly timing?: readonly SectionBusy[];
}

/** A program as one network of units a section, in the order of the flow. */
export function programView(parts: ProgramParts): View {
  const { flow, chip, placement, timing = [] } = parts;
  const origins = new OriginTable();
  const cycles = new Map(timing.map((section) => [section.section, section]));
  const most = Math.max(
    1,
    ...timing.map((section) => section.cycles),
    ...(timing.length > 0 ? [] : flow.sections.map(({ units }) => units.length)),
  );
  const networks = flow.sections.map((section) =>
    sectionNetwork(section, placement, cycles.get(section.name), most, origins),
  );
  const units = flow.sections.reduce((sum, section) => sum + section.units.length, 0);
  const hosts = flow.schedule.filter(({ kind }) => kind === "host").length;
  const total = flow.schedule.reduce(
    (sum, call) => sum + (call.kind === "section" ? (cycles.get(call.section)?.cycles ?? 0) : 0),
    0,
  );
  return {
    title: parts.title,
    kind: parts.kind,
    summary: `${flow.sections.length} sections, ${flow.schedule.length} calls (${hosts} by the host), ${units} units${total > 0 ? `, ${grouped(total)} cycles` : ""}`,
    origins: origins.names,
    ...(chip === undefined ? {} : { chip: chipView(chip) }),
    networks,
    memory: flow.symbols.map(({ name, role, dtype, shape, tier, address, alias, ...symbol }) => ({
      name,
      role,
      type: `${DTYPES[dtype].short}[${shape.join(",")}]`,
      bytes: symbolBytes({ name, role, dtype, shape, ...symbol }),
      tier: tier ?? "not placed",
      ...(address === undefined ? {} : { address }),
      ...(alias === undefined ? {} : { alias }),
    })),
    provenance: parts.provenance ?? [],
    ledger: parts.ledger ?? [],
  };
}

function chipView(chip: Chip): NonNullable<View["chip"]> {
  const { name, tiles, rows, columns } = chip;
  const agcus = sitesOf(chip, "agcu").flatMap(({ tile, row, column }) => (tile === 0 ? [[row, column] as const] : []));
  return { name, tiles, rows, columns, agcus };
}

function sectionNetwork(
  section: Section,
  placement: Placement | undefined,
  busy: SectionBusy | undefined,
  most: number,
  origins: OriginTable,
): Network {
  const placed = placement?.sections.find((each) => each.section === section.name);
  const positions = new Map(section.units.map((unit, position) => [unit.name, position]));
  const positionOf = ({ unit }: Port): number => {
    const position = positions.get(unit);
    invariant(position !== undefined, () => `a stream of ${section.name} ends at ${unit}, which is no unit of it`);
    return position;
  };
  const edges = section.streams.map((stream): Edge => {
    const route = placed?.routes.get(stream.name);
    const to = [...new Set(stream.to.map(positionOf))];
    return {
      from: positionOf(stream.from),
      to,
      label: `${stream.name}  ${DTYPES[stream.dtype].short} x ${stream.lanes}, depth ${stream.depth}`,
      ...(route === undefined
        ? {}
        : {
            route: route.hops.flatMap(({ from, to }) => [from.tile, from.row, from.column, to.tile, to.row, to.column]),
          }),
    };
  });
  const places = layered(section.units.length, edges);
  const { pcus, pmus, agcuStreams } = sectionNeeds(section);
  return {
    name: section.name,
    note: `${pcus} PCUs, ${pmus} PMUs, ${agcuStreams} AGCU streams`,
    ...(busy === undefined ? {} : { cycles: busy.cycles }),
    share: (busy?.cycles ?? section.units.length) / most,
    boxes: section.units.map((unit, position): Box => {
      const sites = placed?.sites.get(unit.name);
      const time = busy?.units[position];
      return {
        name: unit.name,
        kind: unit.kind,
        does: wordsOf(unit),
        origin: origins.numbersOf(unit.origin),
        text: printUnitText(unit),
        ...elementAt(places, position),
        ...(sites === undefined ? {} : { sites: sites.map(({ tile, row, column }) => [tile, row, column] as const) }),
        ...(time === undefined
          ? {}
          : {
              busy: time.busy,
              waits: time.waits
                .slice(0, 3)
                .map(({ on, cycles }) => `${on} ${grouped(cycles)}`)
                .join(", "),
            }),
      };
    }),
    edges,
  };
}

function wordsOf(unit: Unit): string {
  switch (unit.kind) {
    case "load":
    case "store":
      return `${unit.kind} ${unit.symbol}`;
    case "memory":
      return `${unit.capacity} of ${unit.elements} ${DTYPES[unit.dtype].short}${unit.span > 1 ? ` in ${unit.span} PMUs` : ""}`;
    case "compute":
      return unit.template;
    default:
      return unit satisfies never;
  }
}

function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}
