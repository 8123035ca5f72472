import { reject } from "@rdu/diagnostics";
import { SCRATCH_BYTES } from "./emit/scalar-kernel.ts";
import { bytesOf, type Region } from "./region.ts";

/** A linear memory: `pages` of 64 KiB; from byte `staging` on the regions of one kernel at a time. */
export interface MemoryLayout {
  readonly pages: number;
  readonly staging: number;
}

const PAGE = 65536;

/**
 * Gives regions their addresses. `staged`: the regions that each kernel wants in the staging area. Rejects with E0504 a section that
 * needs more than a linear memory can hold.
 */
export function layOut(regions: readonly Region[], staged: readonly (readonly Region[])[]): MemoryLayout {
  let address = SCRATCH_BYTES;
  for (const region of regions) {
    address = aligned(address + region.slack.before);
    region.place.address = address;
    address += bytesOf(region) + region.slack.after;
  }
  const staging = aligned(address + 64);
  const end = staged.reduce((most, wanted) => Math.max(most, placeStaged(wanted, staging)), staging);
  const pages = Math.ceil((end + 64) / PAGE);
  if (pages > 65536) reject("E0504", `a section needs ${pages * PAGE} bytes at once, the fast engine has 4 GiB`);
  return { pages, staging };
}

/** Places the regions of one kernel one after the other; gives the end. */
export function placeStaged(wanted: readonly Region[], staging: number): number {
  let address = staging;
  for (const region of wanted) {
    address = aligned(address + region.slack.before);
    region.place.address = address;
    address += bytesOf(region) + region.slack.after;
  }
  return address;
}

function aligned(address: number): number {
  return Math.ceil(address / 64) * 64;
}
