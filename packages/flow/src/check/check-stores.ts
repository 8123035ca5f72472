import { addressRange } from "../address-range.ts";
import type { Section, StoreUnit, TensorSymbol } from "../flow.ts";
import { ownerOf } from "../queries.ts";
import type { Report } from "../verify/report.ts";
import type { Budget } from "./budget.ts";
import { neverMeetInAnyTile } from "./disjoint.ts";

/** Nothing orders the stores of a section, so no two of them may write the same element of a tensor. */
export function checkStores(
  section: Section,
  symbols: ReadonlyMap<string, TensorSymbol>,
  budget: Budget,
  report: Report,
): void {
  const byOwner = new Map<TensorSymbol, StoreUnit[]>();
  for (const unit of section.units) {
    const symbol = unit.kind === "store" ? symbols.get(unit.symbol) : undefined;
    if (unit.kind !== "store" || symbol === undefined) continue;
    const owner = ownerOf(symbols, symbol);
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), unit]);
  }
  for (const stores of byOwner.values()) {
    const ranges = stores.map(({ program }) => addressRange(program));
    for (const [i, first] of stores.entries()) {
      for (const [j, second] of stores.entries()) {
        const a = ranges[i];
        const b = ranges[j];
        if (j <= i || a === null || b === null || a === undefined || b === undefined) continue;
        if (!budget.spend(4)) {
          report.add("has more stores than can be checked");
          return;
        }
        if (a.high < b.low || b.high < a.low || neverMeetInAnyTile(first.program, second.program, budget)) continue;
        report.add(
          `stores ${first.name} and ${second.name} cannot be shown to write different elements of ${first.symbol}`,
        );
      }
    }
  }
}
