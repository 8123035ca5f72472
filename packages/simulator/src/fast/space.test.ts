import type { Domain } from "@rdu/flow";
import { expect, test } from "vitest";
import { align, formOver, spaceOf } from "./space.ts";

const counter = (extent: number, step = 1, within?: number) =>
  within === undefined ? { extent, step } : { extent, step, within };

function domain(counters: Domain["counters"], vector: number): Domain {
  return { counters, tileDepth: 0, vector, lanes: counters[vector]?.step ?? 1 };
}

/** Rows of a systolic array in blocks of 6, columns in blocks of 16, k. */
const gemm = spaceOf(domain([counter(20, 6), counter(40, 16), counter(5)], 1), 0);

test("a space has a loop for each counter and one for the lanes of those that have some", () => {
  expect(gemm.dims).toEqual([
    { count: 4 },
    { count: 6, within: { dim: 0, total: 20, step: 6 } },
    { count: 3 },
    { count: 16, within: { dim: 2, total: 40, step: 16 } },
    { count: 5 },
  ]);
});

test("a column operand moves along the rows' lanes, not along the columns'", () => {
  const column = domain([counter(20, 6), counter(40, 16), counter(5)], 0);
  const alignment = align(column, gemm);
  const form = alignment && formOver({ base: 3, strides: [10, 0, 1], laneStride: 10 }, alignment, gemm);
  expect(form).toEqual({ base: 3, strides: [60, 10, 0, 0, 1] });
});

test("the rows of a drain are the lanes of the row counter", () => {
  const drain = domain([counter(20, 6), counter(40, 16), counter(6, 1, 0)], 1);
  const outside = { ...gemm, depth: 2 };
  const alignment = align(drain, outside);
  const form = alignment && formOver({ base: 0, strides: [40, 1, 40], laneStride: 1 }, alignment, outside);
  expect(form).toEqual({ base: 0, strides: [240, 40, 16, 1, 0] });
});

test("a counter of one value is not taken for another one that looks the same", () => {
  const square = spaceOf(domain([counter(3, 4), counter(3, 4)], 1), 0);
  const row = domain([counter(3, 4), counter(3, 4)], 1);
  const alignment = align(row, square);
  expect(alignment && formOver({ base: 0, strides: [0, 1], laneStride: 1 }, alignment, square).strides).toEqual([
    0, 0, 4, 1,
  ]);
});

test("domains of different vectors do not pair", () => {
  expect(
    align(domain([counter(20), counter(40, 8)], 1), spaceOf(domain([counter(20), counter(40, 16)], 1))),
  ).toBeNull();
  expect(
    align(domain([counter(21), counter(40, 16)], 1), spaceOf(domain([counter(20), counter(40, 16)], 1))),
  ).toBeNull();
});
