import { expect, test } from "vitest";
import type { AddressProgram } from "../flow.ts";
import { neverMeet } from "./disjoint.ts";

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
