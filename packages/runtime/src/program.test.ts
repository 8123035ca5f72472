import { DEFAULT_CHIP } from "@rdu/chip";
import { CompileError } from "@rdu/diagnostics";
import type { Call, TensorSymbol } from "@rdu/flow";
import type { Pef } from "@rdu/pef";
import { isTensor, type Value } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { DeviceTensors } from "./device-tensors.ts";
import { load } from "./program.ts";

describe("host calls", () => {
  const split: Call = {
    kind: "host",
    name: "StringSplit_0",
    operation: "",
    reason: "strings",
    inputs: ["text", null],
    outputs: ["words", "count"],
    origin: ["/StringSplit"],
  };
  const measure: Call = { ...split, name: "Length_1", inputs: ["words"], outputs: [null, "count"] };
  const program = load(pefOf([split, measure], [{ name: "count", dtype: "int64", shape: [1], role: "output" }]));
  const inputs = new Map<string, Value>([["text", { dtype: "string", shape: [1], data: ["a b c"] }]]);

  test("pass strings and sequences between each other and tensors to device memory", () => {
    const calls: string[] = [];
    const { outputs } = program.run(inputs, {
      evaluateHost: ({ name }, [text]) => {
        calls.push(name);
        if (name === "Length_1") {
          const length = text !== undefined && text !== null && "sequence" in text ? text.sequence.length : 0;
          return [null, { dtype: "int64", shape: [1], data: new BigInt64Array([BigInt(length)]) }];
        }
        const words = text && isTensor(text) ? String(text.data[0]).split(" ") : [];
        const sequence = words.map((word): Value => ({ dtype: "string", shape: [], data: [word] }));
        return [{ sequence }, { dtype: "int64", shape: [1], data: new BigInt64Array(1) }];
      },
    });
    expect(calls).toEqual(["StringSplit_0", "Length_1"]);
    expect(outputs.get("count")).toEqual({ dtype: "int64", shape: [1], data: new BigInt64Array([3n]) });
  });

  test("keep what they make of a tensor although its memory is used again", () => {
    const step = (name: string, inputs: string[], outputs: string[]): Call => ({ ...split, name, inputs, outputs });
    const schedule = [
      step("one", [], ["count"]),
      step("reshape", ["count"], ["kept"]),
      step("two", [], ["count"]),
      step("last", ["kept"], ["count"]),
    ];
    const again = load(pefOf(schedule, [{ name: "count", dtype: "int64", shape: [1], role: "output" }]));
    const { outputs } = again.run(inputs, {
      // As of an operator whose result shares its operand's elements; a sequence of it does as well.
      evaluateHost: ({ name }, [operand]) => {
        if (name === "one" || name === "two") {
          return [{ dtype: "int64", shape: [1], data: BigInt64Array.of(name === "one" ? 1n : 2n) }];
        }
        if (name === "reshape") return [{ sequence: [operand ?? expect.unreachable()] }];
        return [operand && "sequence" in operand ? (operand.sequence[0] ?? null) : null];
      },
    });
    expect(outputs.get("count")).toEqual({ dtype: "int64", shape: [1], data: BigInt64Array.of(1n) });
  });

  test("need an evaluator, and results that fit", () => {
    expect(() => program.run(inputs)).toThrow(/E0809.*StringSplit_0 runs on the host \(strings\)/);
    const wrong = () => [{ sequence: [] }, { dtype: "int64", shape: [2], data: new BigInt64Array(2) } as const];
    expect(() => program.run(inputs, { evaluateHost: wrong })).toThrow(/expected i64\[1\].*gave i64\[2\]/);
  });

  test("name the ONNX node when the evaluator refuses", () => {
    const refuse = () => {
      throw new CompileError([{ code: "E0307", severity: "error", message: "index 9 of 3", at: [], notes: [] }]);
    };
    try {
      program.run(inputs, { evaluateHost: refuse });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CompileError);
      const [found] = (error as CompileError).diagnostics;
      expect(found).toMatchObject({ code: "E0809", at: ["/StringSplit"], notes: ["E0307 index 9 of 3"] });
    }
  });
});

describe("device memory", () => {
  const at = (name: string, address: number, more: Partial<TensorSymbol> = {}): TensorSymbol => ({
    name,
    dtype: "float32",
    shape: [4],
    role: "intermediate",
    tier: "hbm",
    address,
    ...more,
  });
  const devices = (symbols: TensorSymbol[], read?: ConstructorParameters<typeof DeviceTensors>[1]) =>
    new DeviceTensors({ name: "", symbols, sections: [], schedule: [] }, read);

  test("is shared by symbols at the same address and by aliases", () => {
    const device = devices([at("a", 64), at("b", 72), at("c", 80, { tier: "ddr" }), at("d", 0, { alias: "a" })]);
    device.write("b", { dtype: "float32", shape: [4], data: new Float32Array([1, 2, 3, 4]) });
    expect(device.tensor("a").data).toEqual(new Float32Array([0, 0, 1, 2]));
    expect(device.tensor("c").data).toEqual(new Float32Array(4));
    expect(device.tensor("d").data).toEqual(new Float32Array([0, 0, 1, 2]));
    device.clear();
    expect(device.tensor("a").data).toEqual(new Float32Array(4));
  });

  test("reads a weight beside the PEF once, packed elements one a byte", () => {
    const file = { kind: "file", location: "w.bin", offset: 8, length: 2 } as const;
    const reads: unknown[] = [];
    const device = devices([at("w", 0, { dtype: "int4", role: "weight", source: file })], (asked) => {
      reads.push(asked);
      return new Uint8Array([0x21, 0xf8]);
    });
    expect(reads).toEqual([]);
    expect(device.tensor("w").data).toEqual(new Int8Array([1, 2, -8, -1]));
    expect(device.tensor("w").data).toEqual(new Int8Array([1, 2, -8, -1]));
    expect(reads).toEqual([file]);
  });

  test("refuses a weight file that is too short or cannot be read", () => {
    const file = { kind: "file", location: "w.bin", offset: 0, length: 16 } as const;
    const weight = at("w", 0, { role: "weight", source: file });
    expect(() => devices([weight], () => new Uint8Array(7)).tensor("w")).toThrow(/E0706.*7 bytes of 16/);
    expect(() => devices([weight]).tensor("w")).toThrow(/E0706/);
  });

  test("views a weight of the PEF, and copies a state", () => {
    const bytes = new Uint8Array(new ArrayBuffer(16));
    const source = { kind: "inline", bytes } as const;
    const device = devices([at("w", 0, { role: "weight", source }), at("s", 64, { role: "state", source })]);
    expect(device.bytes("w").buffer).toBe(bytes.buffer);
    expect(device.bytes("s").buffer).not.toBe(bytes.buffer);
  });
});

function pefOf(schedule: readonly Call[], symbols: readonly TensorSymbol[]): Pef {
  return {
    chip: DEFAULT_CHIP,
    flow: {
      name: "host",
      symbols: symbols.map((one) => ({ ...one, tier: "hbm", address: 0 })),
      sections: [],
      schedule,
    },
    placement: { chip: DEFAULT_CHIP.name, seed: 0, sections: [] },
    inputs: [{ name: "text", symbol: "text" }],
    outputs: symbols.map(({ name }) => ({ name, symbol: name })),
    provenance: { tool: "", version: "", source: "", sourceDigest: "", options: {}, levels: [] },
    ledger: [],
  };
}
