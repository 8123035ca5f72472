import { presetChip, type Site, sitesOf } from "@rdu/chip";
import {
  checkPlacement,
  type Flow,
  type MemoryUnit,
  type Placement,
  type SectionPlacement,
  type TileMap,
} from "@rdu/flow";
import { place } from "@rdu/placement";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ProgramShape, randomProgram } from "../support/random-program.ts";
import { replaceNumber } from "../support/replace-number.ts";

/** More tiles than buffers hold, so that every handshake matters. */
const shapes: fc.Arbitrary<ProgramShape> = fc.record({
  tiles: fc.integer({ min: 4, max: 7 }),
  elements: fc.integer({ min: 1, max: 70 }),
  stages: fc.array(fc.nat({ max: 65535 }), { minLength: 1, maxLength: 6 }),
  depth: fc.integer({ min: 1, max: 3 }),
  span: fc.constant(1),
});

const chip = presetChip("mini-8x8");

interface Placed {
  readonly flow: Flow;
  readonly placement: Placement;
}

/** A change that makes a good program bad; undefined when it has nothing to change. `pick` chooses among so many. */
type Fault = (placed: Placed, pick: (count: number) => number) => Placed | undefined;

function withSites({ flow, placement }: Placed, change: (sites: Map<string, readonly Site[]>) => void): Placed {
  return withSection({ flow, placement }, (section) => {
    const sites = new Map(section.sites);
    change(sites);
    return { ...section, sites };
  });
}

function withSection({ flow, placement }: Placed, change: (section: SectionPlacement) => SectionPlacement): Placed {
  return { flow, placement: { ...placement, sections: placement.sections.map(change) } };
}

function withMemory(
  { flow, placement }: Placed,
  pick: (count: number) => number,
  change: (memory: MemoryUnit) => MemoryUnit,
): Placed | undefined {
  const section = flow.sections[0];
  const memories = section?.units.filter((unit) => unit.kind === "memory" && unit.handshakes.length > 0) ?? [];
  const chosen = memories[pick(memories.length)] as MemoryUnit | undefined;
  if (section === undefined || chosen === undefined) return undefined;
  const units = section.units.map((unit) => (unit === chosen ? change(chosen) : unit));
  return { flow: { ...flow, sections: [{ ...section, units }] }, placement };
}

function unitNames({ flow }: Placed, kind: string): string[] {
  return (flow.sections[0]?.units ?? []).flatMap((unit) => (unit.kind === kind ? [unit.name] : []));
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "two units on one site": (placed, pick) => {
    const names = unitNames(placed, "compute");
    if (names.length < 2) return undefined;
    const first = pick(names.length);
    const second = (first + 1 + pick(names.length - 1)) % names.length;
    return withSites(placed, (sites) => sites.set(names[first]!, sites.get(names[second]!)!));
  },
  "a compute unit on a PMU": (placed, pick) => {
    const names = unitNames(placed, "compute");
    const free = sitesOf(chip, "memory");
    return withSites(placed, (sites) => sites.set(names[pick(names.length)]!, [free[pick(free.length)]!]));
  },
  "a unit without a site": (placed, pick) => {
    const names = [...(placed.placement.sections[0]?.sites.keys() ?? [])];
    return withSites(placed, (sites) => void sites.delete(names[pick(names.length)]!));
  },
  "a unit beside its route": (placed, pick) => {
    const names = unitNames(placed, "compute");
    const name = names[pick(names.length)]!;
    const used = new Set(
      [...(placed.placement.sections[0]?.sites.values() ?? [])].flat().map((site) => JSON.stringify(site)),
    );
    const free = sitesOf(chip, "compute").filter((site) => !used.has(JSON.stringify(site)));
    return withSites(placed, (sites) => sites.set(name, [free[pick(free.length)]!]));
  },
  "a hop less": (placed, pick) => {
    const routes = [...(placed.placement.sections[0]?.routes ?? [])].filter(([, { hops }]) => hops.length > 0);
    const [name, { hops }] = routes[pick(routes.length)]!;
    const cut = pick(hops.length);
    return withSection(placed, (section) => ({
      ...section,
      routes: new Map([...section.routes, [name, { hops: hops.filter((_, hop) => hop !== cut) }]]),
    }));
  },
  "a hop twice": (placed, pick) => {
    const routes = [...(placed.placement.sections[0]?.routes ?? [])].filter(([, { hops }]) => hops.length > 0);
    const [name, { hops }] = routes[pick(routes.length)]!;
    return withSection(placed, (section) => ({
      ...section,
      routes: new Map([...section.routes, [name, { hops: [...hops, hops[pick(hops.length)]!] }]]),
    }));
  },
  "a stream without a route": (placed, pick) => {
    const names = [...(placed.placement.sections[0]?.routes.keys() ?? [])];
    const name = names[pick(names.length)]!;
    return withSection(placed, (section) => ({
      ...section,
      routes: new Map([...section.routes].filter(([stream]) => stream !== name)),
    }));
  },
  "a placement of another chip": ({ flow, placement }) => ({ flow, placement: { ...placement, chip: "sn40l" } }),
  "tensors on top of each other": ({ flow, placement }, pick) => {
    const outputs = flow.symbols.filter(({ role }) => role === "output");
    if (outputs.length < 2) return undefined;
    const first = outputs[pick(outputs.length)]!;
    const changed = outputs.find((symbol) => symbol !== first)!;
    const symbols = flow.symbols.map((symbol) =>
      symbol === changed ? { ...symbol, address: first.address! } : symbol,
    );
    return { flow: { ...flow, symbols }, placement };
  },
  "two stores of one element": ({ flow, placement }) => {
    const section = flow.sections[0]!;
    const [first, second] = section.units.filter((unit) => unit.kind === "store");
    if (first === undefined || second === undefined) return undefined;
    const units = section.units.map((unit) => (unit === second ? { ...second, symbol: first.symbol } : unit));
    const symbols = flow.symbols.filter(({ name }) => name !== second.symbol);
    return { flow: { ...flow, symbols, sections: [{ ...section, units }] }, placement };
  },
  "a tensor off its alignment": ({ flow, placement }, pick) => {
    const chosen = pick(flow.symbols.length);
    const symbols = flow.symbols.map((symbol, i) =>
      i === chosen ? { ...symbol, address: symbol.address! + 4 } : symbol,
    );
    return { flow: { ...flow, symbols }, placement };
  },
  "a tensor beyond the memory": ({ flow, placement }, pick) => {
    const chosen = pick(flow.symbols.length);
    const symbols = flow.symbols.map((symbol, i) => (i === chosen ? { ...symbol, address: chip.hbm.bytes } : symbol));
    return { flow: { ...flow, symbols }, placement };
  },
  "a reader that waits for a tile less": (placed, pick) =>
    withMemory(placed, pick, (memory) => {
      const chosen = pick(memory.handshakes.length);
      return {
        ...memory,
        handshakes: memory.handshakes.map((handshake, i) =>
          i === chosen ? { ...handshake, need: { ...handshake.need, delay: 1 } } : handshake,
        ),
      };
    }),
  "a writer that waits for a tile less": (placed, pick) =>
    withMemory(placed, pick, (memory) => {
      const chosen = pick(memory.handshakes.length);
      return {
        ...memory,
        handshakes: memory.handshakes.map((handshake, i) =>
          i === chosen
            ? { ...handshake, grant: { ...handshake.grant, delay: (handshake.grant.delay ?? 0) + 1 } }
            : handshake,
        ),
      };
    }),
  "a writer that waits for a tile too many": (placed, pick) =>
    withMemory(placed, pick, (memory) => ({
      ...memory,
      handshakes: memory.handshakes.map((handshake) => ({ ...handshake, grant: { ...handshake.grant, delay: 0 } })),
    })),
  "a writer that waits for more tiles than its reader has": (placed, pick) =>
    withMemory(placed, pick, (memory) => ({
      ...memory,
      handshakes: memory.handshakes.map((handshake) => ({ ...handshake, grant: beyond(handshake.grant) })),
    })),
  "a reader that waits for more tiles than its writer has": (placed, pick) =>
    withMemory(placed, pick, (memory) => ({
      ...memory,
      handshakes: memory.handshakes.map((handshake) => ({ ...handshake, need: beyond(handshake.need) })),
    })),
  "a buffer smaller than its handshakes say": (placed, pick) =>
    withMemory(placed, pick, (memory) => ({ ...memory, capacity: memory.capacity - 1 })),
};

function beyond(map: TileMap): TileMap {
  return { ...map, quantum: map.quantum + 99, offset: map.offset + 99 };
}

describe("the checker catches", () => {
  test.each(Object.keys(FAULTS))("%s", (name) => {
    const fault = FAULTS[name]!;
    let caught = 0;
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.nat()), (shape, choices) => {
        const placed = place(randomProgram(shape), chip, { seed: 1 });
        const bad = fault(placed, (count) => choices.next().value! % Math.max(1, count));
        if (bad === undefined) return;
        expect(checkPlacement(bad.flow, chip, bad.placement).length).toBeGreaterThan(0);
        caught += 1;
      }),
      { numRuns: 20 },
    );
    expect(caught).toBeGreaterThan(0);
  });
});

test("whatever the numbers are, the checker answers, and soon", () => {
  const wild = fc.constantFrom(Number.NaN, -1, 0, 0.5, 1, 3, 65537, 2 ** 31, 2 ** 53, 1e300, Number.POSITIVE_INFINITY);
  const change = fc.tuple(fc.nat(), wild);
  fc.assert(
    fc.property(shapes, fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), (shape, changes, ofFlow) => {
      let { flow, placement } = place(randomProgram(shape), chip, { seed: 1 });
      for (const [at, value] of changes) {
        if (ofFlow) flow = replaceNumber(flow, at, value);
        else placement = replaceNumber(placement, at, value);
      }
      const start = performance.now();
      expect(Array.isArray(checkPlacement(flow, chip, placement))).toBe(true);
      expect(performance.now() - start).toBeLessThan(5000);
    }),
    { numRuns: 150 },
  );
});
