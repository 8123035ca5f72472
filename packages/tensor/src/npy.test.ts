import { CompileError } from "@rdu/diagnostics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32 } from "./crc32.ts";
import { ALL_DTYPES } from "./dtype.ts";
import { toNumbers } from "./element.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { readNpz, writeNpz } from "./npz.ts";
import { allocate, type Tensor } from "./tensor.ts";

/** Files that numpy 2.4.6 and ml_dtypes 0.6.0 wrote, in base64. */
const FILES = {
  fortran:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAMAAQAEAAIABQA=",
  big: "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAB/////gAAASw=",
  scalar:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAQQ==",
  text: "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUzJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAAAAAAAAAAADpAAAAHtEBAAAAAAAAAAAAAAAAAAAAAAB4AAAAeQAAAHoAAAA=",
  bytes:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfFMyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphYmMA",
  complex:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGM4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAAIAAAGDA",
  empty:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=",
  bf: "k05VTVBZAQB2AHsnZGVzY3InOiAnPFYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAPyDA",
  bool: "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==",
  npz: "UEsDBC0AAAAIAAAAIQBzrR2D//////////8FABQAeC5ucHkBABAAkAAAAAAAAABOAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6mjoKtQoUAC4GCLBnYGgA4gP2AFBLAwQtAAAACAAAACEA9GmA+P//////////BQAUAHkubnB5AQAQAJAAAAAAAAAATAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgqGmjoKtQpkAy5GBghggtIAUEsBAi0DLQAAAAgAAAAhAHOtHYNOAAAAkAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAgAAAAhAPRpgPhMAAAAkAAAAAUAAAAAAAAAAAAAAIABhQAAAHkubnB5UEsFBgAAAAACAAIAZgAAAAgBAAAAAA==",
};

function file(name: keyof typeof FILES): Uint8Array {
  return new Uint8Array(Buffer.from(FILES[name], "base64"));
}

describe("files of numpy", () => {
  test("byte orders, Fortran order, scalars, bools, complex, empty and small floats", () => {
    expect(readNpy(file("fortran"))).toEqual({ dtype: "int16", shape: [2, 3], data: Int16Array.of(0, 1, 2, 3, 4, 5) });
    expect(readNpy(file("big"))).toEqual({ dtype: "int32", shape: [3], data: Int32Array.of(1, -2, 300) });
    expect(readNpy(file("scalar"))).toEqual({ dtype: "float16", shape: [], data: Uint16Array.of(0x4100) });
    expect(readNpy(file("bool"))).toEqual({ dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) });
    expect(readNpy(file("complex"))).toEqual({ dtype: "complex64", shape: [2], data: Float32Array.of(1, 2, -0, -3.5) });
    expect(readNpy(file("empty"))).toEqual({ dtype: "float32", shape: [0, 3], data: new Float32Array() });
    expect([...toNumbers(readNpy(file("bf"), "bfloat16"))]).toEqual([1, -2.5]);
    expect(() => readNpy(file("bf"))).toThrow(/does not say what its 2-byte elements are/);
  });

  test("strings of code points and of bytes", () => {
    expect(readNpy(file("text"))).toEqual({ dtype: "string", shape: [2, 2], data: ["a", "é𝄞", "", "xyz"] });
    expect(readNpy(file("bytes"))).toEqual({ dtype: "string", shape: [2], data: ["ab", "c"] });
  });

  test("a compressed archive with zip64 fields", async () => {
    const tensors = await readNpz(file("npz"));
    expect([...tensors.keys()]).toEqual(["x", "y"]);
    expect(tensors.get("x")).toEqual({ dtype: "float32", shape: [4], data: Float32Array.of(0, 0.5, 1, 1.5) });
    expect(tensors.get("y")).toEqual({ dtype: "int64", shape: [2, 1], data: BigInt64Array.of(1n, 2n) });
  });
});

const tensors: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...ALL_DTYPES),
    shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    bytes: fc.infiniteStream(fc.nat(255)),
    texts: fc.infiniteStream(fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"))),
  })
  .map(({ dtype, shape, bytes, texts }) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const data = allocate(dtype, count);
    if (Array.isArray(data)) {
      return { dtype, shape, data: data.map(() => texts.next().value) };
    }
    const raw = new Uint8Array(data.buffer);
    for (let at = 0; at < raw.length; at += 1) raw[at] = bytes.next().value;
    return { dtype, shape, data };
  });

test("every tensor reads back from .npy and .npz", async () => {
  await fc.assert(
    fc.asyncProperty(tensors, async (subject) => {
      const npy = writeNpy(subject);
      expect(readNpy(npy, subject.dtype)).toEqual(subject);
      const npz = writeNpz(new Map([["a/b", subject]]));
      expect((await readNpz(npz, { "a/b": subject.dtype })).get("a/b")).toEqual(subject);
    }),
    { numRuns: 500 },
  );
});

test("damaged files are rejected, never crash and never hang", async () => {
  const npz = file("npz");
  const npy = file("fortran");
  await fc.assert(
    fc.asyncProperty(fc.nat(npz.length - 1), fc.nat(255), fc.nat(npz.length), async (at, byte, length) => {
      for (const bytes of [npz, npy]) {
        const mutated = bytes.slice(0, Math.min(length, bytes.length));
        if (at < mutated.length) mutated[at] = byte;
        for (const read of [async () => readNpy(mutated), () => readNpz(mutated)]) {
          await read().catch((error: unknown) => expect(error).toBeInstanceOf(CompileError));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("the CRC is that of zip", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});
