import fc from "fast-check";
import { expect, test } from "vitest";
import { countersOfFiring, firingCount, vectorLength } from "./domain.ts";
import type { Counter, Domain } from "./flow.ts";
import { firedVectors } from "./vectors.ts";

const arbitraryDomain: fc.Arbitrary<Domain> = fc
  .array(fc.record({ extent: fc.integer({ min: 1, max: 7 }), step: fc.constant(1) }), { minLength: 1, maxLength: 4 })
  .chain((plain) =>
    fc
      .record({
        vector: fc.integer({ min: -1, max: plain.length - 1 }),
        lanes: fc.integer({ min: 1, max: 4 }),
        blocked: fc.integer({ min: -1, max: plain.length - 1 }),
        block: fc.integer({ min: 1, max: 4 }),
        tileDepth: fc.nat({ max: plain.length }),
        tail: fc.boolean(),
      })
      .map(({ vector, lanes, blocked, block, tileDepth, tail }) => {
        const counters: Counter[] = plain.map((counter, index) =>
          index === vector ? { ...counter, step: lanes } : index === blocked ? { ...counter, step: block } : counter,
        );
        if (blocked >= 0 && blocked !== vector) counters.push({ extent: block, step: 1, within: blocked });
        if (tail) counters.push({ extent: 2, step: 1 });
        return { counters, tileDepth, vector, lanes };
      }),
  );

/** The sequence written out, vector by vector. */
function expanded(domain: Domain): number[][] {
  const tiles = new Map<string, number[]>();
  for (let firing = 0; firing < firingCount(domain); firing += 1) {
    const values = countersOfFiring(domain, firing);
    const key = values.slice(0, domain.tileDepth).join();
    tiles.set(key, [...(tiles.get(key) ?? []), vectorLength(domain, values)]);
  }
  return [...tiles.values()];
}

/** Reads the canonical text back into vectors by tile. */
function spelt(text: string): number[][] {
  let at = 0;
  const tiles: number[][] = [];
  const items = (): (() => void)[] => {
    const found: (() => void)[] = [];
    while (at < text.length && text[at] !== ")" && text[at] !== "}") {
      if (text[at] === " ") at += 1;
      else found.push(item());
    }
    return found;
  };
  const item = (): (() => void) => {
    if (text[at] === "(" || text[at] === "{") {
      const tile = text[at] === "{";
      at += 1;
      const inside = items();
      at += 1;
      return () => {
        if (tile) tiles.push([]);
        for (const emit of inside) emit();
      };
    }
    const digits = /^\d+/.exec(text.slice(at))?.[0] ?? "";
    at += digits.length;
    if (text[at] !== "*") return () => void tiles.at(-1)?.push(Number(digits));
    at += 1;
    const repeated = item();
    return () => {
      for (let i = 0; i < Number(digits); i += 1) repeated();
    };
  };
  for (const emit of items()) emit();
  return tiles;
}

test("the canonical text spells the vectors of the domain, tile by tile", () => {
  fc.assert(
    fc.property(arbitraryDomain, (domain) => {
      expect(spelt(firedVectors(domain))).toEqual(expanded(domain));
    }),
    { numRuns: 1000 },
  );
});

test("equal sequences have equal texts whatever counters make them", () => {
  fc.assert(
    fc.property(arbitraryDomain, arbitraryDomain, (a, b) => {
      const same = JSON.stringify(expanded(a)) === JSON.stringify(expanded(b));
      if (same) expect(firedVectors(a)).toBe(firedVectors(b));
    }),
    { numRuns: 1000 },
  );
  const chain = (...counters: Counter[]): Domain => ({ counters, tileDepth: 0, vector: counters.length - 1, lanes: 4 });
  const one = (extent: number, step = 1): Counter => ({ extent, step });
  expect(firedVectors(chain(one(6), one(10, 4)))).toBe("{6*(2*4 2)}");
  expect(firedVectors(chain(one(2), one(3), one(10, 4)))).toBe("{6*(2*4 2)}");
  expect(firedVectors(chain(one(2), one(3), one(8, 4)))).toBe(firedVectors(chain(one(12), one(4, 4))));
});
