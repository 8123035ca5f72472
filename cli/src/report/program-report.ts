import { counted } from "@rdu/diagnostics";
import type { Pef, ProgramSummary } from "@rdu/sdk";
import { rememberedPrecision, unitCounts } from "@rdu/sdk";
import { bytes, grouped, labelled, names, percent } from "./format.ts";

type Rows = readonly (readonly [string, string])[];

/** What a program takes of the chip: sections, units, memory, host calls. */
export function programRows(pef: Pef, { sections, hostCalls, bytes: memory, weightBytes }: ProgramSummary): Rows {
  const counts = unitCounts(pef.chip);
  const largest = sections.reduce(
    (most, { pcus, pmus, agcuStreams, sramBytes }) => ({
      pcus: Math.max(most.pcus, pcus),
      pmus: Math.max(most.pmus, pmus),
      agcuStreams: Math.max(most.agcuStreams, agcuStreams),
      sramBytes: Math.max(most.sramBytes, sramBytes),
    }),
    { pcus: 0, pmus: 0, agcuStreams: 0, sramBytes: 0 },
  );
  const total = sections.reduce((sum, { units }) => sum + units, 0);
  const share = (part: number, whole: number): string => `${part} of ${whole} (${percent(part / whole)})`;
  return [
    ["chip", `${pef.chip.name}, ${counts.pcus} PCUs and ${counts.pmus} PMUs at ${pef.chip.clockGigahertz} GHz`],
    ...precisionRow(pef),
    [
      "sections",
      `${sections.length}, ${counted(pef.flow.schedule.filter(({ kind }) => kind === "section").length, "call")}`,
    ],
    [
      "units",
      `${grouped(total)} placed; the fullest section has\nPCUs ${share(largest.pcus, counts.pcus)}, PMUs ${share(largest.pmus, counts.pmus)}, AGCU streams ${share(largest.agcuStreams, counts.agcuStreams)}`,
    ],
    [
      "memory",
      `SRAM ${bytes(largest.sramBytes)} (fullest section), HBM ${bytes(memory.hbm)}, DDR ${bytes(memory.ddr)}, host ${bytes(memory.host)}\n${bytes(weightBytes)} of it weights`,
    ],
    ["host calls", hostCallText(hostCalls)],
  ];
}

function precisionRow({ provenance }: Pef): Rows {
  const precision = rememberedPrecision(provenance.options);
  if (precision === "fp32") return [];
  const what = precision === "mixed" ? "operands of products" : "float32 tensors inside the graph";
  return [["precision", `${precision}: ${what} are stored as bfloat16`]];
}

function hostCallText(calls: ProgramSummary["hostCalls"]): string {
  if (calls.length === 0) return "none";
  const byReason = new Map<string, string[]>();
  for (const { reason, origin, name } of calls) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), origin.join("+") || name]);
  }
  const lines = [...byReason].map(([reason, who]) => `${names(who)}: ${reason}`);
  const shown = lines.length > 6 ? [...lines.slice(0, 5), `and ${lines.length - 5} more reasons`] : lines;
  return [String(calls.length), ...shown].join("\n");
}

export function renderProgram(title: string, rows: Rows): string {
  return `${title}\n${labelled(rows)}`;
}
