import type { Chip } from "@rdu/chip";
import { CompileError, diagnostic } from "@rdu/diagnostics";
import { elementCountOf, type Flow, ownerOf, symbolBytes, symbolsByName, type TensorSymbol } from "@rdu/flow";
import { DTYPES } from "@rdu/tensor";

/** Addresses are multiples of this: one HBM burst, one vector. */
const ALIGNMENT = 64;

/** A symbol that owns bytes, the calls between which they must last, and what calls move to and from it. */
interface Lifetime {
  readonly symbol: TensorSymbol;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  readonly traffic: number;
}

/**
 * Gives every symbol a tier and an address. Symbols that are never alive at the same call may share bytes (first fit, the largest
 * first). What does not fit HBM goes to DDR, the least traffic over the whole program first.
 *
 * Weights and state live for ever; inputs from the start to their last use, outputs from their first write to the end.
 * Rejects with E0504 when DDR is full, too.
 */
export function assignAddresses(flow: Flow, chip: Chip): Flow {
  const symbols = symbolsByName(flow);
  const lifetimes = lifetimesOf(flow, symbols);
  const byTraffic = [...lifetimes].sort((a, b) => a.traffic - b.traffic || b.bytes - a.bytes);
  // The fewest symbols that must go: more of them in DDR never needs more of HBM.
  let least = 0;
  let most = byTraffic.length;
  while (least < most) {
    const middle = (least + most) >> 1;
    if (extentOf(firstFit(byTraffic.slice(middle))) <= chip.hbm.bytes) most = middle;
    else least = middle + 1;
  }
  const spilled = firstFit(byTraffic.slice(0, least));
  if (extentOf(spilled) > chip.ddr.bytes) throw tooLarge(chip, lifetimes);
  const places = new Map<TensorSymbol, { tier: "hbm" | "ddr"; address: number }>();
  for (const { lifetime, address } of firstFit(byTraffic.slice(least))) {
    places.set(lifetime.symbol, { tier: "hbm", address });
  }
  for (const { lifetime, address } of spilled) places.set(lifetime.symbol, { tier: "ddr", address });
  return {
    ...flow,
    symbols: flow.symbols.map((symbol) => ({ ...symbol, ...places.get(ownerOf(symbols, symbol)) })),
  };
}

function lifetimesOf(flow: Flow, symbols: ReadonlyMap<string, TensorSymbol>): Lifetime[] {
  const uses = new Map<TensorSymbol, { first: number; last: number; traffic: number }>();
  const use = (name: string, call: number, bytes: number): void => {
    const symbol = symbols.get(name);
    if (symbol === undefined) return;
    const owner = ownerOf(symbols, symbol);
    const before = uses.get(owner) ?? { first: call, last: call, traffic: 0 };
    uses.set(owner, { first: Math.min(before.first, call), last: call, traffic: before.traffic + bytes });
  };
  const sections = new Map(flow.sections.map((section) => [section.name, section]));
  for (const [number, call] of flow.schedule.entries()) {
    if (call.kind === "host") {
      for (const name of [...call.inputs, ...call.outputs]) if (name !== null) use(name, number, 0);
      continue;
    }
    for (const unit of sections.get(call.section)?.units ?? []) {
      if (unit.kind !== "load" && unit.kind !== "store") continue;
      const width = DTYPES[symbols.get(unit.symbol)?.dtype ?? "float32"].bytes;
      use(unit.symbol, number, elementCountOf(unit.program.domain) * width);
    }
  }
  const end = flow.schedule.length;
  const rolesOf = new Map<TensorSymbol, Set<TensorSymbol["role"]>>();
  for (const symbol of flow.symbols) {
    const owner = ownerOf(symbols, symbol);
    rolesOf.set(owner, (rolesOf.get(owner) ?? new Set()).add(symbol.role));
  }
  return [...rolesOf].map(([symbol, roles]) => {
    const { first, last, traffic } = uses.get(symbol) ?? { first: 0, last: end, traffic: 0 };
    const lasting = roles.has("weight") || roles.has("state");
    return {
      symbol,
      bytes: symbolBytes(symbol),
      first: lasting || roles.has("input") ? -1 : first,
      last: lasting || roles.has("output") ? end : last,
      traffic,
    };
  });
}

/** Each at the lowest address where nothing lies that lives at the same time; what lives for ever lies below the rest. */
function firstFit(lifetimes: readonly Lifetime[]): { lifetime: Lifetime; address: number }[] {
  const end = Math.max(0, ...lifetimes.map(({ last }) => last));
  const lasting = new Set(lifetimes.filter(({ first, last }) => first < 0 && last === end));
  const passing = lifetimes
    .filter((lifetime) => !lasting.has(lifetime))
    .sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  const placed: { lifetime: Lifetime; address: number; end: number }[] = [];
  let floor = 0;
  for (const lifetime of lasting) {
    placed.push({ lifetime, address: floor, end: floor + lifetime.bytes });
    floor = aligned(floor + lifetime.bytes);
  }
  const shared: typeof placed = [];
  for (const lifetime of passing) {
    const alive = shared
      .filter(({ lifetime: other }) => other.first <= lifetime.last && lifetime.first <= other.last)
      .sort((a, b) => a.address - b.address);
    let address = floor;
    for (const other of alive) {
      if (address + lifetime.bytes <= other.address) break;
      address = Math.max(address, aligned(other.end));
    }
    shared.push({ lifetime, address, end: address + lifetime.bytes });
  }
  return [...placed, ...shared];
}

function aligned(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}

function extentOf(placed: readonly { lifetime: Lifetime; address: number }[]): number {
  return placed.reduce((most, { lifetime, address }) => Math.max(most, address + lifetime.bytes), 0);
}

function tooLarge(chip: Chip, lifetimes: readonly Lifetime[]): CompileError {
  const needed = extentOf(firstFit(lifetimes));
  const largest = [...lifetimes].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  return new CompileError([
    diagnostic(
      "E0504",
      `${needed} bytes are alive at once, ${chip.name} has ${chip.hbm.bytes} in HBM and ${chip.ddr.bytes} in DDR`,
      {
        notes: [`largest: ${largest.map(({ symbol, bytes }) => `${symbol.name} (${bytes})`).join(", ")}`],
        hint: "lower the batch size, use --precision bf16, or compile for a chip with more memory",
      },
    ),
  ]);
}
