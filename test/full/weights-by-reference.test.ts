import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileModel } from "@rdu/compiler";
import { encodeModel, type ModelProto, type NodeProto, type TensorProto } from "@rdu/onnx";
import { load } from "@rdu/sdk";
import { fromNumbers, isTensor, toNumbers } from "@rdu/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { float, model, node } from "../support/onnx-model.ts";

const LAYERS = 32;
const WIDTH = 4096;
const LAYER_BYTES = WIDTH * WIDTH * 4;
const WEIGHTS = "weights.bin";
const MIB = 2 ** 20;

/** A chain of matrix products whose weights, 2 GiB in a sparse file, are zero but for one element a layer: the way of element 0 through it. */
const columnAfter = (layer: number): number => (layer * 1237 + 11) % WIDTH;
const factorOf = (layer: number): number => 1 + (layer % 5) / 4;

describe("weights by reference", () => {
  const folder = mkdtempSync(join(tmpdir(), "rdu-weights-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("a model with 2 GiB of external weights compiles without reading them, and runs from its PEF", async () => {
    writeWeights(join(folder, WEIGHTS));
    const bytes = encodeModel(chain());
    const before = process.resourceUsage().maxRSS / 1024;
    const compilation = compileModel(
      { kind: "onnx", bytes },
      {},
      {
        version: "test",
        readExternal: (location) => {
          throw new Error(`${location} was read`);
        },
        externalLength: (location) => statSync(join(folder, location)).size,
      },
    );
    const grown = process.resourceUsage().maxRSS / 1024 - before;
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
