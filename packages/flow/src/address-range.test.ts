import fc from "fast-check";
import { expect, test } from "vitest";
import { addressRange, type Range } from "./address-range.ts";
import { countersOfFiring, evaluateAffine, firingCount, vectorLength } from "./domain.ts";
import type { AddressProgram, Affine, Counter, Domain } from "./flow.ts";

const small = fc.integer({ min: -3, max: 5 });

function affine(counters: number, plain: number): fc.Arbitrary<Affine> {
  return fc
    .record({
      base: small,
      strides: fc.array(small, { minLength: counters, maxLength: counters }),
      own: fc.boolean(),
      laneStride: small,
    })
    .map(({ base, strides, own, laneStride }) => ({
      base,
      strides,
      laneStride: own ? (strides[plain] ?? 0) : laneStride,
    }));
}

const program: fc.Arbitrary<AddressProgram> = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })
  .chain((extents) =>
    fc
      .record({
        vector: fc.integer({ min: -1, max: extents.length - 1 }),
        blocked: fc.integer({ min: -1, max: extents.length - 1 }),
        lanes: fc.integer({ min: 1, max: 3 }),
        tileDepth: fc.nat({ max: extents.length }),
      })
      .chain(({ vector, blocked, lanes, tileDepth }) => {
        const counters: Counter[] = extents.map((extent, index) => ({
          extent,
          step: index === vector || index === blocked ? lanes : 1,
        }));
        if (blocked >= 0 && blocked !== vector) counters.push({ extent: lanes, step: 1, within: blocked });
        const domain: Domain = { counters, tileDepth, vector, lanes: vector < 0 ? 1 : lanes };
        const form = affine(counters.length, vector);
        return fc.record({
          domain: fc.constant(domain),
          address: form,
          guards: fc.array(fc.record({ form, bound: fc.integer({ min: 0, max: 9 }) }), { maxLength: 2 }),
          fill: fc.constant(0),
        });
      }),
  );

/** Addresses of every tile, by the values of its tile counters, element by element. */
function accessed({ domain, address, guards }: AddressProgram): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (let firing = 0; firing < firingCount(domain); firing += 1) {
    const values = countersOfFiring(domain, firing);
    const key = values.slice(0, domain.tileDepth).join();
    const list = found.get(key) ?? [];
    found.set(key, list);
    for (let lane = 0; lane < vectorLength(domain, values); lane += 1) {
      const passes = guards.every(({ form, bound }) => {
        const value = evaluateAffine(form, values, lane);
        return value >= 0 && value < bound;
      });
      if (passes) list.push(evaluateAffine(address, values, lane));
    }
  }
  return found;
}

test("every accessed address lies in the range, of the program and of its tile", () => {
  fc.assert(
    fc.property(program, (found) => {
      const inside = (range: Range | null, addresses: readonly number[]): void => {
        for (const address of addresses) {
          expect(range).not.toBeNull();
          expect(address).toBeGreaterThanOrEqual(range?.low ?? Number.NaN);
          expect(address).toBeLessThanOrEqual(range?.high ?? Number.NaN);
        }
      };
      const tiles = accessed(found);
      inside(addressRange(found), [...tiles.values()].flat());
      for (const [key, addresses] of tiles) {
        inside(addressRange(found, key === "" ? [] : key.split(",").map(Number)), addresses);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a padded convolution touches its image and nothing else, row by row", () => {
  // 5 x 5 image of 3 channels, 3 x 3 kernel, padding 1: counters row | kernel row, kernel column, column, channel.
  const one = (extent: number): Counter => ({ extent, step: 1 });
  const counters = [one(5), one(3), one(3), one(5), { extent: 3, step: 2 }];
  const image: AddressProgram = {
    domain: { counters, tileDepth: 1, vector: 4, lanes: 2 },
    address: { base: -18, strides: [15, 15, 3, 3, 1], laneStride: 1 },
    guards: [
      { form: { base: -1, strides: [1, 1, 0, 0, 0], laneStride: 0 }, bound: 5 },
      { form: { base: -1, strides: [0, 0, 1, 1, 0], laneStride: 0 }, bound: 5 },
    ],
    fill: 0,
  };
  expect(addressRange(image)).toEqual({ low: 0, high: 74 });
  expect([0, 1, 4].map((row) => addressRange(image, [row]))).toEqual([
    { low: 0, high: 29 },
    { low: 0, high: 44 },
    { low: 45, high: 74 },
  ]);
});

test("a counter that moves two axes, one of them beyond its ends", () => {
  // [3, 4] elements read at [i - k, k]: counters i, k.
  const skewed: AddressProgram = {
    domain: { counters: [6, 4].map((extent) => ({ extent, step: 1 })), tileDepth: 1, vector: -1, lanes: 1 },
    address: { base: 0, strides: [4, -3], laneStride: 0 },
    guards: [{ form: { base: 0, strides: [1, -1], laneStride: 0 }, bound: 3 }],
    fill: 0,
  };
  expect(addressRange(skewed)).toEqual({ low: 0, high: 11 });
});

test("a counter that moves two axes, which other counters move too", () => {
  // [3, 3] elements read at [rx + 2 * kx, x - kx]: counters x, rx, kx.
  const phased: AddressProgram = {
    domain: { counters: [4, 2, 2].map((extent) => ({ extent, step: 1 })), tileDepth: 1, vector: -1, lanes: 1 },
    address: { base: 0, strides: [3, 1, -1], laneStride: 0 },
    guards: [
      { form: { base: 0, strides: [0, 1, 2], laneStride: 0 }, bound: 3 },
      { form: { base: 0, strides: [1, 0, -1], laneStride: 0 }, bound: 3 },
    ],
    fill: 0,
  };
  expect(addressRange(phased)).toEqual({ low: 0, high: 8 });
});

test("forty guards that the address may hold in several ways are answered soon", () => {
  const counters = [
    { extent: 8, step: 1 },
    { extent: 8, step: 1 },
  ];
  const guards = Array.from({ length: 40 }, (_, i) => ({
    form: { base: 0, strides: [1 + (i % 3), 1], laneStride: 0 },
    bound: 40,
  }));
  const domain: Domain = { counters, tileDepth: 1, vector: -1, lanes: 1 };
  const start = performance.now();
  const range = addressRange({ domain, address: { base: 0, strides: [1, 2], laneStride: 0 }, guards, fill: 0 });
  expect(range).toEqual({ low: 0, high: 21 });
  expect(performance.now() - start).toBeLessThan(2000);
});
