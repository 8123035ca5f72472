import { expect, test } from "vitest";
import type { AddressProgram } from "../flow.ts";
import { budgetOf } from "./budget.ts";
import { neverMeet, neverMeetInAnyTile } from "./disjoint.ts";

/** Writes 16 channels, from `first` on, of every second row and column of a `[2,7,width,channels]` tensor, two images of 4 x 4 points. */
function everySecond(first: number, channels: number, width = 7): AddressProgram {
  const strides = [7 * width * channels, 2 * width * channels, 2 * channels, 1];
  return {
    domain: {
      counters: [2, 4, 4, 16].map((extent, index) => ({ extent, step: index === 3 ? 16 : 1 })),
      tileDepth: 1,
      vector: 3,
      lanes: 16,
    },
    address: { base: first, strides, laneStride: 1 },
    guards: [],
    fill: 0,
  };
}

test("strides that are no multiples of one another share a smaller step", () => {
  // Without it a transposed convolution of a batch of two, in blocks of output channels, was refused: 3136 is no multiple of 128 or 896.
  expect(neverMeet(everySecond(0, 64), everySecond(16, 64))).toBe(true);
  expect(neverMeet(everySecond(0, 64), everySecond(48, 64))).toBe(true);
});

test("programs that meet are not told apart", () => {
  expect(neverMeet(everySecond(0, 64), everySecond(8, 64))).toBe(false);
  expect(neverMeet(everySecond(0, 64), everySecond(64 * 2, 64))).toBe(false);
  expect(neverMeet(everySecond(0, 24), everySecond(16, 24))).toBe(false);
});

/** Writes columns of 49, as the rows of a `[50,64]` tensor without its first one: of two tiles of 25 rows each `rows` rows from `first` on. */
function shareOfTiles(first: number, rows: number): AddressProgram {
  const counters = [
    { extent: 2, step: 1 },
    { extent: rows, step: 1 },
    { extent: 64, step: 16 },
  ];
  const row = { base: first - 1, strides: [25, 1, 0], laneStride: 0 };
  return {
    domain: { counters, tileDepth: 1, vector: 2, lanes: 16 },
    address: { base: first - 1, strides: [25, 1, 49], laneStride: 49 },
    guards: [{ form: row, bound: 49 }],
    fill: 0,
  };
}

test("units that share the rows of each tile are told apart tile by tile", () => {
  // Without it a product whose first row, the token of the class, nobody needs was refused behind a transposition.
  const [upper, lower] = [shareOfTiles(0, 18), shareOfTiles(18, 7)];
  expect(neverMeet(upper, lower)).toBe(false);
  expect(neverMeetInAnyTile(upper, lower, budgetOf())).toBe(true);
  expect(neverMeetInAnyTile(upper, shareOfTiles(17, 8), budgetOf())).toBe(false);
  expect(neverMeetInAnyTile(upper, lower, budgetOf(100))).toBe(false);
});
