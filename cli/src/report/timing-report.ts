import { counted } from "@rdu/diagnostics";
import type { Pef, ProgramTiming } from "@rdu/sdk";
import { bytes, grouped, names, number, percent, shortened, table } from "./format.ts";

/** Cycles, microseconds, traffic and the busiest units of a run. */
export function timingRows(pef: Pef, timing: ProgramTiming): readonly (readonly [string, string])[] {
  const { microseconds, traffic, cycles, launches, energy } = timing;
  const joules = energy.compute + energy.scratchpad + energy.network + energy.memory + energy.static;
  const moved = Object.entries(traffic)
    .filter(([, { read, written }]) => read + written > 0)
    .map(([tier, { read, written }]) => `${tier.toUpperCase()} ${bytes(read)} read, ${bytes(written)} written`);
  return [
    [
      "cycles",
      `${grouped(cycles)} = ${number(microseconds.sections)} us; with ${counted(launches, "launch", "launches")} by ${timing.orchestration} ${number(microseconds.total)} us`,
    ],
    ["traffic", moved.join("; ") || "none"],
    ["energy", `${number(joules * 1e3)} mJ, a rough figure`],
    ["busiest", busiestUnits(pef, timing)],
  ];
}

const SHOWN = 5;

function busiestUnits({ flow }: Pef, { sections }: ProgramTiming): string {
  const origins = new Map(
    flow.sections.map(({ name, units }) => [name, new Map(units.map((unit) => [unit.name, unit.origin]))]),
  );
  const units = sections.flatMap(({ calls, timing }) =>
    timing.units.map((unit) => ({ ...unit, calls, section: timing.section, of: timing.cycles })),
  );
  units.sort((a, b) => b.busy * b.calls - a.busy * a.calls);
  const rows = units.slice(0, SHOWN).map(({ unit, kind, busy, calls, section, of, waits }) => [
    shortened(`${section}/${unit}`),
    kind,
    grouped(busy * calls),
    percent(of === 0 ? 0 : busy / of),
    waits[0] === undefined ? "" : `waits on ${shortened(waits[0].on)}`,
    names(
      origins
        .get(section)
        ?.get(unit)
        ?.map((node) => shortened(node)) ?? [],
      2,
    ),
  ]);
  return rows.length === 0 ? "no units" : table([["unit", "kind", "busy", "share", "", "ONNX nodes"], ...rows], [2, 3]);
}
