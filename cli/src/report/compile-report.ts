import type { CompileReport } from "@rdu/sdk";
import { seconds, table } from "./format.ts";

const SHOWN = 6;

/** Where the time of a compilation went: the slowest passes, the rest together. */
export function passText({ passes }: CompileReport): string {
  const total = passes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const slowest = [...passes].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, SHOWN);
  const rest = total - slowest.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = slowest.map(({ name, milliseconds, count }) => [
    name,
    seconds(milliseconds),
    `${count} nodes or units after it`,
  ]);
  if (passes.length > SHOWN) rows.push([`${passes.length - SHOWN} others`, seconds(rest), ""]);
  return `${passes.length} in ${seconds(total)}\n${table(rows, [1])}`;
}
