import type { ConformanceReport, VerdictCounts } from "./conformance.ts";

const COLUMNS = ["pass", "fail", "error", "unsupported", "timeout", "crash", "host"] as const;

/** The report as text: counts in all, by group, by operator and by element type, then every case that does not pass with its reason. */
export function conformanceTable(report: ConformanceReport): string {
  const { cases, total, byGroup, byOperator, byDtype, backend } = report;
  const wrong = cases.filter(({ verdict }) => verdict !== "pass");
  return [
    table(`backend ${backend}`, new Map([...byGroup, ["all", total]])),
    table("operator", byOperator),
    table("element type", byDtype),
    ...(wrong.length === 0 ? [] : [listOf(wrong)]),
    `${total.pass} of ${cases.length} cases pass, ${total.pass - total.host} of them without a host call`,
  ].join("\n\n");
}

function table(title: string, rows: ReadonlyMap<string, VerdictCounts>): string {
  const width = Math.max(title.length, ...[...rows.keys()].map((name) => name.length));
  const heading = [title.padEnd(width), ...COLUMNS.map((name) => name.padStart(cellWidth(name)))].join(" ");
  const lines = [...rows].map(([name, counts]) =>
    [name.padEnd(width), ...COLUMNS.map((column) => String(counts[column]).padStart(cellWidth(column)))].join(" "),
  );
  return [heading, ...lines].join("\n");
}

function cellWidth(column: string): number {
  return Math.max(6, column.length);
}

function listOf(cases: ConformanceReport["cases"]): string {
  const lines = cases.map(({ group, name, verdict, reason }) => `${verdict} ${group}/${name}: ${firstLine(reason)}`);
  return ["not passed", ...lines].join("\n");
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
