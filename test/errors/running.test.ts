import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CompileOptions, compileModel } from "@rdu/compiler";
import { invariant } from "@rdu/diagnostics";
import type { Section } from "@rdu/flow";
import { encodeDataFile } from "@rdu/onnx";
import { encode, joined, type Pef } from "@rdu/pef";
import { load, type WeightReader } from "@rdu/runtime";
import { readDataFolder, readInput } from "@rdu/sdk";
import { exact } from "@rdu/simulator";
import { crc32, fromNumbers, type Value, zeros } from "@rdu/tensor";
import { afterAll, test } from "vitest";
import { copySection, edited, editMemory, shifted } from "../support/copy-section.ts";
import { type ErrorCase, expectErrors, expectSaid, refusalOf } from "../support/error-golden.ts";
import { counter, domain } from "../support/section-builder.ts";

const RELU = "graph g(%x: f32[2,3]) -> (%y) {\n  %y = Relu@13(%x)\n}";
const DENSE = `graph g(%x: f32[2,3]) -> (%y) {\n  const %w: f32[3,64] = file("w.bin", 0, 768)\n  %y = MatMul@13(%x, %w)\n}`;
const STRINGS = "graph g(%x: str[2]) -> (%y) {\n  %y = StringNormalizer@10(%x)\n}";

function compiled(text: string, options: CompileOptions = {}): Pef {
  const { pef } = compileModel(
    { kind: "graph", text },
    { source: "model.graph", ...options },
    {
      readExternal: (_location, _offset, length) => new Uint8Array(length),
      externalLength: () => 768,
      version: "test",
    },
  );
  invariant(pef !== undefined, "a whole compilation gives a PEF");
  return pef;
}

const file = joined(encode(compiled(RELU)));

/** The file with a number of its header changed, the header's checksum made right again. */
function withHeader(offset: number, value: number): Uint8Array {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  view.setUint32(offset, value, true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

function flipped(at: number): Uint8Array {
  const bytes = file.slice();
  bytes[at] = (bytes[at] ?? 0) ^ 0x40;
  return bytes;
}

function loading(title: string, bytes: Uint8Array): ErrorCase {
  return { title, run: () => load(bytes) };
}

test("E0701", () =>
  expectErrors("E0701", [
    loading("an empty file", new Uint8Array()),
    loading("another file", new TextEncoder().encode("ONNX model, really")),
  ]));

test("E0702", () => expectErrors("E0702", [loading("a version to come", withHeader(8, 9))]));

test("E0703", () =>
  expectErrors("E0703", [
    loading("its head", file.subarray(0, 20)),
    loading("its beginning", withHeader(16, 4096).subarray(0, 500)),
  ]));

test("E0704", () =>
  expectErrors("E0704", [
    loading("a bit of the header", flipped(30)),
    loading("a bit of the directory", flipped(100)),
  ]));

test("E0705", () => {
  const pef = compiled(RELU);
  const [section] = pef.flow.sections;
  invariant(section !== undefined, "there is one section");
  const changed = (units: Section["units"]): Uint8Array =>
    joined(encode({ ...pef, flow: { ...pef.flow, sections: [{ ...section, units }] } }));
  return expectErrors("E0705", [
    loading(
      "a memory unit that holds more than it has room for",
      changed(
        section.units.map((unit) =>
          unit.kind === "memory" ? { ...unit, capacity: 2 ** 30, elements: 2 ** 30 } : unit,
        ),
      ),
    ),
    loading(
      "a chip that such a program does not fit",
      joined(encode({ ...pef, chip: { ...pef.chip, pcu: { ...pef.chip.pcu, counters: 0 } } })),
    ),
  ]);
});

function running(pef: Pef, inputs: Readonly<Record<string, Value>>, readWeight?: WeightReader): () => unknown {
  return () => load(pef, readWeight === undefined ? {} : { readWeight }).run(new Map(Object.entries(inputs)));
}

const x = fromNumbers("float32", [2, 3], [1, 2, 3, 4, 5, 6]);

test("E0706", () =>
  expectErrors("E0706", [
    { title: "no way to read it", run: running(compiled(DENSE), { x }) },
    { title: "a shorter file than it was", run: running(compiled(DENSE), { x }, () => new Uint8Array(12)) },
  ]));

test("E0801", () => expectErrors("E0801", [{ title: "a name misspelt", run: running(compiled(RELU), { X: x, x }) }]));

test("E0802", () => expectErrors("E0802", [{ title: "none given", run: running(compiled(RELU), {}) }]));

test("E0803", () =>
  expectErrors("E0803", [{ title: "transposed", run: running(compiled(RELU), { x: zeros("float32", [3, 2]) }) }]));

test("E0804", () =>
  expectErrors("E0804", [
    { title: "double precision", run: running(compiled(RELU), { x: zeros("float64", [2, 3]) }) },
    { title: "no tensor", run: running(compiled(RELU), { x: { sequence: [] } }) },
  ]));

function exactly(section: Section): () => unknown {
  const { symbols, memory } = copySection();
  return () => exact(section, symbols, memory());
}

function withNeed(offset: number, quantum = 1): () => unknown {
  return exactly(
    editMemory(({ handshakes }) => ({
      handshakes: handshakes.map((each) => ({ ...each, need: { ...each.need, offset, quantum } })),
    })),
  );
}

test("E0805", () => expectErrors("E0805", [{ title: "a writer that waits for its own reader", run: withNeed(2, 2) }]));

test("E0806", () => expectErrors("E0806", [{ title: "a reader that does not wait", run: withNeed(0) }]));

test("E0807", () =>
  expectErrors("E0807", [
    {
      title: "an address before the first",
      run: exactly(editMemory(({ reads }) => ({ reads: reads.map((each) => shifted(each, -1)) }))),
    },
  ]));

test("E0812", () => {
  const shorter = domain([counter(4), counter(6, 4)], 1, 1);
  const section = edited(copySection().section, "store", (unit) =>
    unit.kind === "store" ? { ...unit, program: { ...unit.program, domain: shorter } } : unit,
  );
  return expectErrors("E0812", [{ title: "vectors of another length", run: exactly(section) }]);
});

test("E0809", () => {
  const text: Value = { dtype: "string", shape: [2], data: ["a", "b"] };
  return expectErrors("E0809", [
    { title: "nobody to evaluate it", run: running(compiled(STRINGS), { x: text }) },
    {
      title: "no result",
      run: () =>
        load(compiled(RELU.replace("Relu@13(%x)", "StringConcat@20(%x, %x)").replace("f32[2,3]", "str[2]"))).run(
          new Map([["x", text]]),
          { evaluateHost: () => [null] },
        ),
    },
  ]);
});

const folder = mkdtempSync(join(tmpdir(), "rdu-errors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a file of these bytes is refused with, the folder it lay in left out. */
async function reading(name: string, bytes: Uint8Array | string): Promise<string> {
  writeFileSync(join(folder, name), bytes);
  const expected = { name: "x", dtype: "float32", shape: [2] } as const;
  const said = await refusalOf(() => readInput(join(folder, name), expected));
  return said.replaceAll(`${folder}/`, "");
}

test("E0810", async () =>
  expectSaid("E0810", [
    { title: "no .npy file", said: await reading("x.npy", "not numpy") },
    { title: "no .npz file", said: await reading("x.npz", "not zip") },
    { title: "a file of no known kind", said: await reading("x.csv", "1,2") },
  ]));

test("E0811", async () => {
  for (const name of ["input_0.pb", "output_0.pb", "output_1.pb"]) writeFileSync(join(folder, name), encodeDataFile(x));
  const parameters = (name: string) => [{ name, dtype: "float32", shape: [2, 3] }] as const;
  const said = await refusalOf(async () =>
    readDataFolder(folder, { inputs: parameters("x"), outputs: parameters("y") }),
  );
  return expectSaid("E0811", [{ title: "more outputs than the model has", said: said.replaceAll(`${folder}/`, "") }]);
});
