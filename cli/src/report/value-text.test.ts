import { expect, test } from "vitest";
import { valueText } from "./value-text.ts";

test("elements are numbers, whatever bits hold them", () => {
  expect(valueText({ dtype: "float16", shape: [2], data: Uint16Array.of(0x3c00, 0xc400) })).toBe("float16[2] 1, -4");
  expect(valueText({ dtype: "bfloat16", shape: [1], data: Uint16Array.of(0x3fc0) })).toBe("bfloat16[1] 1.5");
  expect(valueText({ dtype: "int64", shape: [], data: BigInt64Array.of(-7n) })).toBe("int64[] -7");
  expect(valueText({ dtype: "string", shape: [1], data: ["1e3"] })).toBe("string[1] 1e3");
  expect(valueText({ dtype: "float32", shape: [0, 4], data: new Float32Array(0) })).toBe("float32[0,4]");
});

test("no more than six elements are shown", () => {
  const long = { dtype: "float32", shape: [7], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6) } as const;
  expect(valueText(long)).toBe("float32[7] 0, 1, 2, 3, 4, 5, ...");
});

test("maps show their keys, sequences their first items", () => {
  const one = (value: number) => ({ dtype: "float32", shape: [], data: Float32Array.of(value) }) as const;
  const scores = {
    keys: { dtype: "int64", shape: [2], data: BigInt64Array.of(0n, 7n) },
    map: [one(0.25), one(0.75)],
  } as const;
  expect(valueText({ sequence: [scores, scores] })).toBe("a sequence of 2: {0: 0.25, 7: 0.75}; {0: 0.25, 7: 0.75}");
  expect(valueText({ optional: scores })).toBe("an optional of {0: 0.25, 7: 0.75}");
  expect(valueText({ sequence: [] })).toBe("a sequence of 0");
});
