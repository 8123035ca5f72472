import { CompileError } from "@rdu/diagnostics";
import { crc32 } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { packContainer, unpackContainer } from "./container.ts";
import { joined } from "./encode.ts";
import { SEGMENT_KINDS } from "./layout.ts";
import { RowWriter, readRows } from "./rows.ts";

const rows = { kind: SEGMENT_KINDS.rows, bytes: new Uint8Array([0]) };
const weight = { kind: SEGMENT_KINDS.weight, bytes: new Uint8Array(100).fill(7) };

function file(): Uint8Array {
  return joined(packContainer(new Uint8Array([1, 2, 3]), [rows, weight]));
}

/** The file with a 32-bit number of the header replaced, the header's checksum made right again. */
function withHeader(offset: number, value: number): Uint8Array {
  const bytes = file();
  const view = new DataView(bytes.buffer);
  view.setUint32(offset, value, true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

function refusal(bytes: Uint8Array): string {
  try {
    unpackContainer(bytes);
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("the container", () => {
  test("starts every part at a multiple of 64 and gives views", () => {
    const bytes = file();
    const { segments, records } = unpackContainer(bytes);
    expect(records.map(({ offset }) => offset % 64)).toEqual([0, 0]);
    expect(segments.map((segment) => segment.bytes.length)).toEqual([1, 100]);
    expect(segments[1]?.bytes.buffer).toBe(bytes.buffer);
  });

  test.each([
    ["an empty file", new Uint8Array(0), "E0701: not a PEF: the file is empty"],
    ["another file", new TextEncoder().encode("ONNX model"), "E0701: not a PEF: its first bytes are not RDUPEF"],
    ["its first bytes alone", file().subarray(0, 20), "E0703: the PEF is truncated: 20 bytes, the header alone has 64"],
    ["half of it", file().subarray(0, 200), "E0703: the PEF is truncated: 200 bytes of 356"],
    [
      "a newer version",
      withHeader(8, 2),
      "E0702: PEF version cannot be read: the file has version 2.0, this reader knows 1.0 to 1.1",
    ],
    [
      "a directory beyond the end",
      withHeader(32, 5000),
      "E0704: the PEF is damaged: the directory (5000 bytes at 64) lies outside the file",
    ],
    [
      "billions of segments",
      withHeader(48, 0xffffffff),
      "E0704: the PEF is damaged: the segment table (137438953440 bytes at 128) lies outside the file",
    ],
    ["bytes behind its end", joined([file(), new Uint8Array(3)]), "E0704: the PEF is damaged: 3 bytes follow its end"],
  ])("is refused when it is %s", (_, bytes, message) => {
    expect(refusal(bytes)).toBe(message);
  });

  test("is refused when its segments overlap, however small it is", () => {
    const bytes = file();
    const view = new DataView(bytes.buffer);
    view.setBigUint64(128 + 32, view.getBigUint64(128, true), true);
    view.setUint32(52, crc32(bytes.subarray(128, 192)), true);
    view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
    expect(refusal(bytes)).toBe("E0704: the PEF is damaged: segment 1 overlaps the one before it");
  });
});

describe("rows", () => {
  test("come back, equal ones under one number", () => {
    const writer = new RowWriter();
    const list = [[], [0], [-1, 1, 2 ** 52 - 1, -(2 ** 52 - 1)], [0]];
    expect(list.map((row) => writer.id(row))).toEqual([0, 1, 2, 1]);
    expect(readRows(writer.finish())).toEqual(list.slice(0, 3));
  });

  test.each([
    ["no bytes", []],
    ["more rows than bytes", [200, 1, 0]],
    ["a row longer than the segment", [1, 127]],
    ["a number without an end", [1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
    ["bytes behind the last row", [0, 0]],
  ])("are refused with %s", (_, bytes) => {
    expect(() => readRows(new Uint8Array(bytes))).toThrow(/E0704/);
  });
});
