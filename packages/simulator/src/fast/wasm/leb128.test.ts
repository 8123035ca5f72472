import { expect, test } from "vitest";
import { signed, signed32, unsigned } from "./leb128.ts";

function bytesOf(write: (bytes: number[]) => void): number[] {
  const bytes: number[] = [];
  write(bytes);
  return bytes;
}

test("unsigned integers as in the DWARF standard's examples", () => {
  expect(bytesOf((bytes) => unsigned(bytes, 2))).toEqual([2]);
  expect(bytesOf((bytes) => unsigned(bytes, 127))).toEqual([127]);
  expect(bytesOf((bytes) => unsigned(bytes, 128))).toEqual([0x80, 1]);
  expect(bytesOf((bytes) => unsigned(bytes, 12857))).toEqual([0xb9, 0x64]);
  expect(bytesOf((bytes) => unsigned(bytes, 2 ** 32 - 1))).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
});

test("signed integers as in the DWARF standard's examples, both ways of writing alike", () => {
  const examples: [number, number[]][] = [
    [2, [2]],
    [-2, [0x7e]],
    [63, [63]],
    [64, [0xc0, 0]],
    [127, [0xff, 0]],
    [-127, [0x81, 0x7f]],
    [-128, [0x80, 0x7f]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ];
  for (const [value, expected] of examples) {
    expect(bytesOf((bytes) => signed(bytes, value))).toEqual(expected);
    expect(bytesOf((bytes) => signed32(bytes, value))).toEqual(expected);
  }
  expect(bytesOf((bytes) => signed(bytes, -(2n ** 63n)))).toEqual([...new Array(9).fill(0x80), 0x7f]);
});
