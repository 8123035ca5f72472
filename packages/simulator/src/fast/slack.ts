import { DTYPES } from "@rdu/tensor";
import { accessesOf, type Kernel } from "./kernel.ts";
import { bytesOf } from "./region.ts";
import { rangeOf } from "./simplify-kernel.ts";

/** No kernel may stray further than this from a region it reads. */
const MOST_BYTES = 1 << 24;

/**
 * Makes room around regions for vector reads whose guards are applied after the read. False, and no room, when a read would stray too far:
 * then the kernel has to go element by element.
 */
export function reserveSlack(kernel: Kernel): boolean {
  const needs = accessesOf(kernel)
    .filter(({ guards }) => guards.length > 0)
    .map(({ region, storage, address }) => {
      const bytes = DTYPES[storage].bytes;
      const { low, high } = rangeOf(address, kernel.dims);
      return { region, before: Math.max(0, -low * bytes), after: Math.max(0, (high + 5) * bytes - bytesOf(region)) };
    });
  if (needs.some(({ before, after }) => before > MOST_BYTES || after > MOST_BYTES)) return false;
  for (const { region, before, after } of needs) {
    region.slack.before = Math.max(region.slack.before, before);
    region.slack.after = Math.max(region.slack.after, after);
  }
  return true;
}
