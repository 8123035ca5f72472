import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Compilation, compileModel } from "@rdu/compiler";
import { encodeModel, type ModelProto, type NodeProto, type TensorProto } from "@rdu/onnx";
import { load } from "@rdu/sdk";
import { fromNumbers, isTensor, toNumbers } from "@rdu/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { float, model, node } from "../support/onnx-model.ts";

const LAYERS = 32;
const WIDTH = 4096;
const LAYER_BYTES = WIDTH * WIDTH * 4;
/** Columns that make 1 GiB of weights. */
const COLUMNS = 65536;
const WEIGHTS = "weights.bin";
const MIB = 2 ** 20;

/** A chain of matrix products whose weights, 2 GiB in a sparse file, are zero but for one element a layer: the way of element 0 through it. */
const columnAfter = (layer: number): number => (layer * 1237 + 11) % WIDTH;
const factorOf = (layer: number): number => 1 + (layer % 5) / 4;

describe("weights by reference", () => {
  const folder = mkdtempSync(join(tmpdir(), "rdu-weights-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("a product with 1 GiB of weights is cut into sections that fit, each loading its range of the file", () => {
    const { compilation, grown } = compiledUnread(encodeModel(wide()), () => 4 * WIDTH * COLUMNS);
    expect(grown).toBeLessThan(512);
    const { flow, bytes = [] } = compilation;
    expect(bytes.reduce((sum, piece) => sum + piece.length, 0)).toBeLessThan(MIB);
    expect(flow?.sections.length).toBe(4);
    const weights = flow?.symbols.filter(({ role }) => role === "weight").map(({ source }) => source);
    expect(weights).toEqual([{ kind: "file", location: WEIGHTS, offset: 0, length: 4 * WIDTH * COLUMNS }]);
  });

  it("a model with 2 GiB of external weights compiles without reading them, and runs from its PEF", async () => {
    writeWeights(join(folder, WEIGHTS));
    const bytes = encodeModel(chain());
    const { compilation, grown } = compiledUnread(bytes, (location) => statSync(join(folder, location)).size);
    const pieces = compilation.bytes ?? [];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    expect(length).toBeLessThan(16 * MIB);
    expect(grown).toBeLessThan(512);

    const path = join(folder, "chain.pef");
    writeFileSync(path, Buffer.concat(pieces));
    const program = await load(path);
    const x = new Float32Array(WIDTH);
    x[0] = 1;
    const { outputs } = await program.run({ x: fromNumbers("float32", [1, WIDTH], x) }, { timing: false });
    const y = outputs[`y${LAYERS - 1}`];
    if (y === undefined || !isTensor(y)) throw new Error("no result");
    const expected = new Float64Array(WIDTH);
    let product = 1;
    for (let layer = 0; layer < LAYERS; layer += 1) product = Math.fround(product * factorOf(layer));
    expected[columnAfter(LAYERS - 1)] = product;
    expect(toNumbers(y)).toEqual(expected);
  });
});

/** A compilation that must not read what lies outside, and by how many MiB the process has grown. */
function compiledUnread(
  bytes: Uint8Array,
  externalLength: (location: string) => number,
): { readonly compilation: Compilation; readonly grown: number } {
  const before = process.resourceUsage().maxRSS / 1024;
  const readExternal = (location: string): never => {
    throw new Error(`${location} was read`);
  };
  const compilation = compileModel({ kind: "onnx", bytes }, {}, { version: "test", readExternal, externalLength });
  return { compilation, grown: process.resourceUsage().maxRSS / 1024 - before };
}

/** One product whose weights alone are twice the chip's memory units. */
function wide(): ModelProto {
  const weight: TensorProto = {
    name: "w",
    dims: [WIDTH, COLUMNS],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: "location", value: WEIGHTS }],
  };
  return model({
    input: [float("x", 1, WIDTH)],
    output: [float("y", 1, COLUMNS)],
    initializer: [weight],
    node: [node("MatMul", ["x", "w"], ["y"])],
  });
}

function writeWeights(path: string): void {
  const file = openSync(path, "w");
  ftruncateSync(file, LAYERS * LAYER_BYTES);
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const row = layer === 0 ? 0 : columnAfter(layer - 1);
    const offset = layer * LAYER_BYTES + 4 * (row * WIDTH + columnAfter(layer));
    writeSync(file, new Uint8Array(Float32Array.of(factorOf(layer)).buffer), 0, 4, offset);
  }
  closeSync(file);
}

function chain(): ModelProto {
  const layers = Array.from({ length: LAYERS }, (_, layer) => layer);
  const weight = (layer: number): TensorProto => ({
    name: `w${layer}`,
    dims: [WIDTH, WIDTH],
    dataType: 1,
    dataLocation: 1,
    externalData: [
      { key: "location", value: WEIGHTS },
      { key: "offset", value: String(layer * LAYER_BYTES) },
      { key: "length", value: String(LAYER_BYTES) },
    ],
  });
  const product = (layer: number): NodeProto =>
    node("MatMul", [layer === 0 ? "x" : `y${layer - 1}`, `w${layer}`], [`y${layer}`]);
  return model({
    input: [float("x", 1, WIDTH)],
    output: [float(`y${LAYERS - 1}`, 1, WIDTH)],
    initializer: layers.map(weight),
    node: layers.map(product),
  });
}
