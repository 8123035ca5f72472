import type { Chip } from "@rdu/chip";
import type { Flow, TensorSymbol } from "../flow.ts";
import { ownerOf, symbolsByName } from "../queries.ts";
import type { Report } from "../verify/report.ts";
import { symbolBytes } from "../verify/verify-symbols.ts";

/** Addresses of tensors are multiples of this many bytes. */
const ALIGNMENT = 64;
/** Pairs of tensors with overlapping addresses that are looked at. */
const MOST_PAIRS = 4_000_000;

/** Bytes of device memory in use during the calls `from` to `to`, both included. */
interface Residence {
  readonly name: string;
  readonly tier: "hbm" | "ddr";
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Every tensor lies in HBM or DDR at an aligned address, inside the memory, where its alias lies when it has one; and no two tensors overlap
 * that are alive during the same call. Weights and state are alive always; inputs until their last use, outputs from their first
 * write on, intermediates from first to last use.
 */
export function checkAddresses(flow: Flow, chip: Chip, report: Report): void {
  const symbols = symbolsByName(flow);
  const residences: Residence[] = [];
  const alive = callsAlive(flow, symbols);
  for (const symbol of flow.symbols) {
    const bytes = symbolBytes(symbol);
    const at = report.within(`symbol ${symbol.name}`);
    const { tier, address } = symbol;
    if (bytes === 0) continue;
    if (tier === undefined || address === undefined || tier === "host") {
      at.add("has no place in HBM or DDR");
      continue;
    }
    const capacity = chip[tier].bytes;
    if (address % ALIGNMENT !== 0) at.add(`lies at ${address}, no multiple of ${ALIGNMENT}`);
    if (address + bytes > capacity) at.add(`ends at ${address + bytes}, ${tier} at ${capacity}`);
    const owner = ownerOf(symbols, symbol);
    if (owner !== symbol) {
      if (owner.tier !== tier || owner.address !== address) at.add(`does not lie where its alias ${owner.name} lies`);
      continue;
    }
    const calls = alive.get(symbol);
    if (calls !== undefined)
      residences.push({ name: symbol.name, tier, start: address, end: address + bytes, ...calls });
  }
  checkApart(residences, report);
}

function checkApart(residences: readonly Residence[], report: Report): void {
  let pairs = 0;
  for (const tier of ["hbm", "ddr"] as const) {
    const sorted = residences.filter((residence) => residence.tier === tier).sort((a, b) => a.start - b.start);
    let open: Residence[] = [];
    for (const next of sorted) {
      open = open.filter(({ end }) => end > next.start);
      pairs += open.length;
      if (pairs > MOST_PAIRS) {
        report.add("more tensors share addresses than can be checked");
        return;
      }
      for (const other of open) {
        if (other.from <= next.to && next.from <= other.to) {
          report.add(
            `${other.name} and ${next.name} overlap at ${next.start} in ${tier} and are alive at the same time`,
          );
        }
      }
      open.push(next);
    }
  }
}

/** The first and last call during which the bytes of each owner must last; nothing for what is never used nor lasting. */
function callsAlive(
  flow: Flow,
  symbols: ReadonlyMap<string, TensorSymbol>,
): Map<TensorSymbol, { from: number; to: number }> {
  const alive = new Map<TensorSymbol, { from: number; to: number }>();
  const extend = (symbol: TensorSymbol | undefined, from: number, to: number): void => {
    if (symbol === undefined) return;
    const owner = ownerOf(symbols, symbol);
    const known = alive.get(owner);
    alive.set(owner, { from: Math.min(known?.from ?? from, from), to: Math.max(known?.to ?? to, to) });
  };
  const last = flow.schedule.length;
  const sections = new Map(flow.sections.map((section) => [section.name, section]));
  for (const [number, call] of flow.schedule.entries()) {
    const names =
      call.kind === "host"
        ? [...call.inputs, ...call.outputs]
        : (sections.get(call.section)?.units ?? []).map((unit) => ("symbol" in unit ? unit.symbol : null));
    for (const name of names) if (name !== null) extend(symbols.get(name), number, number);
  }
  for (const symbol of flow.symbols) {
    if (symbol.role === "weight" || symbol.role === "state") extend(symbol, -1, last);
    else if (symbol.role === "input") extend(symbol, -1, -1);
    else if (symbol.role === "output" && alive.has(ownerOf(symbols, symbol))) extend(symbol, last, last);
  }
  return alive;
}
