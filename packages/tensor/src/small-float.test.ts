import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSmallFloat, decodeTable, encodeSmallFloat, type RoundMode, type SmallFloat } from "./small-float.ts";

/*
 * Digests (first 16 hex digits of sha-256) of what numpy 2.4.6, ml_dtypes 0.6.0 and onnx 1.23.2 compute over whole
 * tables, with every NaN made canonical. `decode`: float32 bits of every code. `encode`: codes of 393216 float32 values,
 * namely every upper half with the lower halves 0, 1, 7fff, 8000, 8001, ffff, so every tie and its neighbours are there.
 * `saturate`: the same through onnx.numpy_helper.saturate_cast.
 */
// biome-ignore format: a table
const FACTS = {
  float16:        { decode: "385ff5fe69182797", encode: "79599846c8a06d37" },
  bfloat16:       { decode: "f12e27efe34841df", encode: "840d63637fa5c101" },
  float8e4m3fn:   { decode: "422eccfaa21e72a6", encode: "142ee428d59c332b", saturate: "52db54b513b9c554" },
  float8e4m3fnuz: { decode: "ac4866f772a7c080", encode: "ae12c853c3b31b38", saturate: "684961a261486329" },
  float8e5m2:     { decode: "229a94c5f728edf2", encode: "870a2fbba030a4d5", saturate: "c08d6aaedd68f6e1" },
  float8e5m2fnuz: { decode: "aac12d2730bf26ca", encode: "68ba262ca30649be", saturate: "fdcfac7418e2e942" },
  float8e8m0:     { decode: "2fb2732a95604377" },
  float4e2m1:     { decode: "c736c7e2e761e089", encode: "7e05fa2466da3a64" },
} satisfies Record<SmallFloat, { decode: string; encode?: string; saturate?: string }>;

/** onnx.numpy_helper.to_float8e8m0 over the positive normal values of the same set. */
const POWER_FACTS = [
  ["up", true, "e67ac785c2de8625"],
  ["up", false, "be466c97fc96c809"],
  ["down", true, "736512d64b466bc1"],
  ["down", false, "736512d64b466bc1"],
  ["nearest", true, "9cc980f83b622fde"],
  ["nearest", false, "db222b3f081255f9"],
] as const satisfies readonly (readonly [RoundMode, boolean, string])[];

const types = Object.keys(FACTS) as SmallFloat[];

function digest(values: Uint8Array | Uint16Array | Uint32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

const inputs = new Float32Array(
  Uint32Array.from({ length: 65536 * 6 }, (_, index) => {
    return ((Math.floor(index / 6) << 16) | [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff][index % 6]!) >>> 0;
  }).buffer,
);

function codes(values: Float32Array, dtype: SmallFloat, encode: (value: number) => number): string {
  const wide = dtype === "float16" || dtype === "bfloat16";
  const result = wide ? new Uint16Array(values.length) : new Uint8Array(values.length);
  for (let index = 0; index < values.length; index += 1) {
    const code = encode(values[index]!);
    result[index] = Number.isNaN(decodeSmallFloat(dtype, code)) ? encode(Number.NaN) : code;
  }
  return digest(result);
}

describe.each(types)("%s", (dtype) => {
  const facts: { decode: string; encode?: string; saturate?: string } = FACTS[dtype];

  test("every code has the value that ml_dtypes gives it", () => {
    const bits = new Uint32Array(Float32Array.from(decodeTable(dtype)).buffer);
    for (let code = 0; code < bits.length; code += 1) {
      if (Number.isNaN(decodeSmallFloat(dtype, code))) bits[code] = 0x7fc00000;
    }
    expect(digest(bits)).toBe(facts.decode);
  });

  if (facts.encode !== undefined)
    test("rounds 393216 singles as ml_dtypes does", () => {
      expect(codes(inputs, dtype, (value) => encodeSmallFloat(dtype, value, { saturate: false }))).toBe(facts.encode);
    });

  if (facts.saturate !== undefined)
    test("saturates as onnx does", () => {
      expect(codes(inputs, dtype, (value) => encodeSmallFloat(dtype, value, { saturate: true }))).toBe(facts.saturate);
    });

  test("every value encodes to its own code", () => {
    decodeTable(dtype).forEach((value, code) => {
      if (!Number.isNaN(value)) expect(encodeSmallFloat(dtype, value, { saturate: false })).toBe(code);
    });
  });

  test("doubles round once: no value lies between a double and its rounding", () => {
    const finite = [...decodeTable(dtype)].filter(Number.isFinite).sort((a, b) => a - b);
    const largest = finite.at(-1)!;
    const least = finite[0]!;
    fc.assert(
      fc.property(fc.double({ min: Math.max(least, -largest), max: largest, noNaN: true }), (value) => {
        const found = decodeSmallFloat(dtype, encodeSmallFloat(dtype, value, { saturate: true, roundMode: "nearest" }));
        // Nearest in the logarithm, not in distance, is what a power of two rounds by; only the bracket is checked there.
        let above = finite.findIndex((candidate) => candidate >= value);
        if (above < 0) above = finite.length - 1;
        const neighbours = [finite[Math.max(0, above - 1)]!, finite[above]!];
        expect(neighbours.some((neighbour) => neighbour === found)).toBe(true);
        if (dtype === "float8e8m0") return;
        const best = Math.min(...neighbours.map((neighbour) => Math.abs(neighbour - value)));
        expect(Math.abs(found - value)).toBe(best);
      }),
      { numRuns: dtype.endsWith("16") ? 200 : 1000 },
    );
  });
});

test.each(POWER_FACTS)(
  "float8e8m0 rounds %s, saturate %s, as onnx does on positive normal values",
  (roundMode, saturate, fact) => {
    const positive = inputs.filter((value) => value >= 2 ** -126 && Number.isFinite(value));
    expect(positive.length).toBe(195072);
    expect(
      codes(positive, "float8e8m0", (value) => encodeSmallFloat("float8e8m0", value, { saturate, roundMode })),
    ).toBe(fact);
  },
);

test("float8e8m0 follows the table of special values in Cast", () => {
  const up = (value: number) => encodeSmallFloat("float8e8m0", value, { saturate: true, roundMode: "up" });
  const nearest = (value: number) => encodeSmallFloat("float8e8m0", value, { saturate: false, roundMode: "nearest" });
  const special = [0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 128, 2 ** -140];
  expect(special.map(up)).toEqual([0, 255, 254, 254, 0]);
  expect(special.map(nearest)).toEqual([255, 255, 255, 255, 255]);
});

test("a double just above a tie rounds up where going through float32 would not", () => {
  expect(encodeSmallFloat("bfloat16", 1 + 2 ** -8 + 2 ** -40)).toBe(0x3f81);
  expect(encodeSmallFloat("float16", 1 + 2 ** -11 + 2 ** -45)).toBe(0x3c01);
  expect(encodeSmallFloat("float16", 65519.99)).toBe(0x7bff);
  expect(encodeSmallFloat("float16", 65520)).toBe(0x7c00);
});
