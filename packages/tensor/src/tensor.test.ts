import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBytes, fromPackedBytes, packBits, toBytes, toPackedBytes, unpackBits } from "./bytes.ts";
import { cast, floatToInteger } from "./cast.ts";
import { compare, ulpDistance } from "./compare.ts";
import { ALL_DTYPES, DTYPES, type DType, dtypeOfOnnx, dtypeOfShort, isInteger } from "./dtype.ts";
import { bigintAt, fromBigints, fromNumbers, numberAt, toIntegers, toNumbers } from "./element.ts";
import { broadcastShapes, broadcastStrides, elementCount, normalizeAxis, rowMajorStrides, typeText } from "./shape.ts";
import { tensor, zeros } from "./tensor.ts";

const numbers = (dtype: DType, ...values: number[]) => fromNumbers(dtype, [values.length], values);
const casted = (from: DType, to: DType, ...values: number[]) => [...toNumbers(cast(numbers(from, ...values), to))];

test("names and codes of element types are unique both ways", () => {
  for (const dtype of ALL_DTYPES) {
    expect(dtypeOfShort(DTYPES[dtype].short)).toBe(dtype);
    expect(dtypeOfOnnx(DTYPES[dtype].onnx)).toBe(dtype);
    expect(zeros(dtype, [2, 0, 3]).data.length).toBe(0);
  }
  expect(dtypeOfOnnx(0)).toBeUndefined();
});

describe("shapes", () => {
  test("broadcasting follows numpy", () => {
    expect(broadcastShapes([3, 1], [1, 4], [])).toEqual([3, 4]);
    expect(broadcastShapes([0, 1], [5])).toEqual([0, 5]);
    expect(broadcastShapes([2], [3])).toBeUndefined();
    expect(broadcastShapes([0], [2])).toBeUndefined();
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(broadcastStrides([1], [1, 1])).toEqual([0, 1]);
    expect(rowMajorStrides([2, 3, 4])).toEqual([12, 4, 1]);
    expect(normalizeAxis(-1, 3)).toBe(2);
    expect(normalizeAxis(3, 3)).toBeUndefined();
  });

  test("counts are exact or refused", () => {
    expect(elementCount([])).toBe(1);
    expect(elementCount([2 ** 40, 2 ** 40, 0])).toBe(0);
    expect(() => elementCount([2 ** 30, 2 ** 30])).toThrow(/E0206/);
    expect(typeText("bfloat16", [8, "batch", null])).toBe("bf16[8,batch,?]");
  });
});

describe("cast", () => {
  test("integers keep their low bits, as the Cast page has it: 200 becomes -56", () => {
    expect(casted("int16", "int8", 200, -129)).toEqual([-56, 127]);
    expect(casted("int32", "uint4", -1, 17)).toEqual([15, 1]);
    expect(casted("int32", "int2", 2, -3, 7)).toEqual([-2, 1, -1]);
    expect(casted("int32", "uint32", -1)).toEqual([4294967295]);
    expect(casted("uint32", "int32", 4294967295)).toEqual([-1]);
    const wide = fromBigints("int64", [2], [2n ** 63n - 1n, -1n]);
    expect(bigintAt(cast(wide, "uint64"), 1)).toBe(2n ** 64n - 1n);
    expect([...toNumbers(cast(wide, "int32"))]).toEqual([-1, -1]);
    expect([...toNumbers(cast(wide, "uint32"))]).toEqual([4294967295, 4294967295]);
  });

  test("floats truncate to integers; out of range goes through the 32-bit lane", () => {
    const values = [1.9, -1.9, Number.NaN, 300, 1e10, -1e10, Number.POSITIVE_INFINITY];
    expect(casted("float32", "int32", ...values)).toEqual([1, -1, 0, 300, 2147483647, -2147483648, 2147483647]);
    expect(casted("float32", "uint8", ...values)).toEqual([1, 255, 0, 44, 255, 0, 255]);
    expect(casted("float32", "uint32", ...values)).toEqual([1, 0, 0, 300, 4294967295, 0, 4294967295]);
    expect(casted("float64", "int4", 7, 8, -9)).toEqual([7, -8, 7]);
    const wide = cast(numbers("float64", 2 ** 62, 1e30, -1e30, Number.NaN), "int64");
    expect([...(wide.data as BigInt64Array)]).toEqual([2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n), 0n]);
    expect(floatToInteger(-1e10, "int8")).toBe(0n);
    expect(floatToInteger(-1, "uint64")).toBe(0n);
    expect(casted("float32", "bool", 0, -0, Number.NaN, 0.1)).toEqual([0, 0, 1, 1]);
  });

  test("64-bit integers round once to narrow floats", () => {
    // Halfway between two singles, plus one: rounding to double first would land on the tie and go down.
    const value = (1n << 60n) + (1n << 36n) + 1n;
    expect(numberAt(cast(fromBigints("int64", [1], [value]), "float32"), 0)).toBe(2 ** 60 + 2 ** 37);
    expect(numberAt(cast(fromBigints("int64", [1], [-value]), "float32"), 0)).toBe(-(2 ** 60 + 2 ** 37));
    const tie = (1n << 60n) + (1n << 36n);
    expect(numberAt(cast(fromBigints("uint64", [1], [tie]), "float32"), 0)).toBe(2 ** 60);
  });

  test("float8 saturates unless told otherwise; float16 overflows", () => {
    const big = numbers("float32", 1e6, Number.NEGATIVE_INFINITY);
    expect([...toNumbers(cast(big, "float8e4m3fn"))]).toEqual([448, -448]);
    expect([...toNumbers(cast(big, "float8e5m2", { saturate: false }))]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect([...toNumbers(cast(big, "float16"))]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(casted("float32", "float8e8m0", 3, 4)).toEqual([4, 4]);
  });

  test("strings", () => {
    const words = tensor("string", [5], ["3.14", " 1E8", "+INF", "nan", "-1e-5"]);
    expect([...toNumbers(cast(words, "float64"))]).toEqual([3.14, 1e8, Number.POSITIVE_INFINITY, Number.NaN, -1e-5]);
    expect(bigintAt(cast(tensor("string", [], ["9007199254740993"]), "int64"), 0)).toBe(9007199254740993n);
    expect(() => cast(tensor("string", [1], ["Hello"]), "float32")).toThrow(/E0307.*"Hello" is not a number/);
    const values = numbers("float32", 0.1, 1, 1e-5, 1.5e16, -0, 314.15926, Number.NaN, Number.NEGATIVE_INFINITY);
    expect(cast(values, "string").data).toEqual(["0.1", "1.0", "1e-05", "1.5e+16", "-0.0", "314.15927", "nan", "-inf"]);
    expect(cast(numbers("float16", 0.1), "string").data).toEqual(["0.1"]);
    expect(cast(fromBigints("int64", [1], [-(2n ** 63n)]), "string").data).toEqual(["-9223372036854775808"]);
    expect(cast(numbers("bool", 1, 0), "string").data).toEqual(["True", "False"]);
  });

  test("no float changes on the way to a wider one and back", () => {
    for (const dtype of ["float16", "bfloat16", "float8e5m2", "float4e2m1"] as const) {
      const every = DTYPES[dtype].bytes === 2 ? 65536 : 2 ** DTYPES[dtype].bits;
      const codes = DTYPES[dtype].bytes === 2 ? new Uint16Array(every) : new Uint8Array(every);
      for (let code = 0; code < every; code += 1) codes[code] = code;
      const all = tensor(dtype, [every], codes);
      const back = cast(cast(all, "float32"), dtype, { saturate: false });
      expect(compare(back, all, { rtol: 0, atol: 0 }).equal).toBe(true);
    }
  });
});

describe("bytes", () => {
  test("every type reads back, from any alignment", () => {
    for (const dtype of ALL_DTYPES.filter((each) => each !== "string")) {
      const count = 5;
      const bytes = Uint8Array.from({ length: count * DTYPES[dtype].bytes }, (_, index) => (index * 37) & 0xff);
      for (const shift of [0, 1, 3]) {
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        expect(toBytes(fromBytes(dtype, [count], moved.subarray(shift)))).toEqual(bytes);
      }
      expect(() => fromBytes(dtype, [count + 1], bytes)).toThrow(/E0108/);
    }
  });

  test("4-bit and 2-bit elements pack from the lowest bits", () => {
    expect(packBits(Int8Array.of(1, -1, 7), 4)).toEqual(Uint8Array.of(0xf1, 0x07));
    expect(unpackBits(Uint8Array.of(0xf1, 0x07), 3, 4, true)).toEqual(Int8Array.of(1, -1, 7));
    expect(unpackBits(Uint8Array.of(0b11100100), 4, 2, false)).toEqual(Uint8Array.of(0, 1, 2, 3));
    const narrow = fc.constantFrom<DType>("int2", "int4", "uint2", "uint4", "float4e2m1");
    fc.assert(
      fc.property(narrow, fc.array(fc.integer({ min: -8, max: 15 })), (dtype, values) => {
        const subject = isInteger(dtype)
          ? fromNumbers(dtype, [values.length], values)
          : tensor(
              dtype,
              [values.length],
              Uint8Array.from(values, (value) => value & 15),
            );
        expect(fromPackedBytes(dtype, subject.shape, toPackedBytes(subject))).toEqual(subject);
      }),
    );
    expect(() => fromPackedBytes("int4", [3], Uint8Array.of(1))).toThrow(/i4\[3\] takes 2 bytes, found 1/);
  });
});

describe("compare", () => {
  test("floats by tolerance, NaN and infinities by equality", () => {
    const expected = numbers("float32", 1, Number.NaN, Number.POSITIVE_INFINITY, 0);
    expect(compare(numbers("float32", 1.0005, Number.NaN, Number.POSITIVE_INFINITY, 5e-8), expected).equal).toBe(true);
    const far = compare(numbers("float32", 1.01, 0, 3e38, 0), expected);
    expect(far).toMatchObject({ equal: false, mismatches: 3, maxAbs: Number.POSITIVE_INFINITY });
    expect(compare(numbers("float32", 1, 2), numbers("float32", 1, 3)).reason).toBe(
      "1 of 2 differ, worst at [1]: expected 3, found 2",
    );
  });

  test("integers, bools and strings exactly; type and shape exactly", () => {
    expect(compare(numbers("int32", 1000), numbers("int32", 1001))).toMatchObject({ equal: false, maxAbs: 1 });
    expect(compare(numbers("int64", 1), numbers("int32", 1)).reason).toBe("expected i32[1], found i64[1]");
    const a = tensor("string", [2], ["a", "b"]);
    expect(compare(a, tensor("string", [2], ["a", "c"])).reason).toContain('expected "c", found "b"');
    expect(compare(a, a).equal).toBe(true);
  });

  test("complex by distance, sequences by item, none only equal to none", () => {
    const complex = (re: number, im: number) => tensor("complex64", [1], Float32Array.of(re, im));
    expect(compare(complex(1000, 0.5), complex(1000, 0)).equal).toBe(true);
    expect(compare(complex(0, 1), complex(1, 0)).equal).toBe(false);
    const one = numbers("float32", 1);
    expect(compare({ sequence: [one] }, { sequence: [one, one] }).equal).toBe(false);
    expect(compare({ sequence: [one, numbers("float32", 2)] }, { sequence: [one, one] }).reason).toMatch(/^item 1: /);
    expect(compare({ optional: null }, { optional: null }).equal).toBe(true);
    expect(compare({ optional: one }, { optional: null }).equal).toBe(false);
    expect(compare({ optional: one }, { optional: one }).equal).toBe(true);
    expect(compare(one, { optional: one }).equal).toBe(false);
  });

  test("units of the last place count representable values", () => {
    expect(ulpDistance("float32", 1, 1 + 2 ** -23)).toBe(1);
    expect(ulpDistance("float32", -(2 ** -149), 2 ** -149)).toBe(2);
    expect(ulpDistance("float64", 1, 1 + 2 ** -52)).toBe(1);
    expect(ulpDistance("bfloat16", 1, 1 + 2 ** -6)).toBe(2);
    expect(ulpDistance("float16", 65504, Number.POSITIVE_INFINITY)).toBe(1);
    expect(ulpDistance("float32", Number.NaN, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

test("integers that a double cannot hold are not handed out as numbers", () => {
  expect(toIntegers(fromBigints("int64", [2], [-5n, 7n]))).toEqual([-5, 7]);
  expect(toIntegers(fromBigints("int64", [1], [2n ** 60n + 1n]))).toBeUndefined();
});
