import type { CheckFigures, RunFigures } from "./measure.ts";

export interface Row {
  readonly model: string;
  readonly optimize: number;
  /** Absent where a process died or the model was refused; `failure` says why. */
  readonly check?: CheckFigures;
  readonly run?: RunFigures;
  readonly failure?: string;
}

const HEAD = [
  ...["model", "-O", "check s", "compile s", "MiB", "load s", "first run s", "steady run s", "peak MiB", "sections"],
  ...["hosts", "cycles", "cycles/s", "max abs", "ort s", "us / ort"],
];

/** The figures of all models, one line each, columns aligned. Seconds of wall time. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
    )
    .map((line) => line.join("  ").trimEnd())
    .join("\n");
}

function cells({ model, optimize, check, run, failure }: Row): string[] {
  const start = [model, String(optimize), check === undefined ? "-" : seconds(check.checkSeconds)];
  if (run === undefined) return [...start, failure ?? "-"];
  const { onnxRuntimeSeconds: other } = run;
  return [
    ...start,
    seconds(run.compileSeconds),
    run.compileMemory.toFixed(0),
    seconds(run.loadSeconds),
    seconds(run.firstRunSeconds),
    run.steadyRunSeconds.toFixed(4),
    run.peakMemory.toFixed(0),
    String(run.sections),
    String(run.hostCalls),
    String(run.cycles),
    (run.cycles / run.firstRunSeconds).toExponential(2),
    `${run.maxAbs.toExponential(1)}${run.agrees ? "" : " !"}`,
    other === undefined ? "-" : other.toFixed(4),
    other === undefined ? "-" : (run.steadyRunSeconds / other).toFixed(2),
  ];
}

function seconds(value: number): string {
  return value.toFixed(2);
}
