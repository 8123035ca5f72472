import { fileURLToPath } from "node:url";
import { compileModel } from "@rdu/compiler";
import { tileCount } from "@rdu/flow";
import { compile, load, randomTensor, summarise, type Value } from "@rdu/sdk";
import { isTensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";

const BATCH = 12;

function pathOf(model: string): string {
  return fileURLToPath(new URL(`../../fixtures/models/${model}/torchscript_batch/model.onnx`, import.meta.url));
}

async function runOf(model: string, microbatchSize?: number) {
  const { pef, program: compiled } = await compile(pathOf(model), {
    batchSize: BATCH,
    ...(microbatchSize === undefined ? {} : { microbatchSize }),
  });
  const program = await load(pef);
  const inputs = Object.fromEntries(
    program.inputs.map(({ name, dtype = "float32", shape = [] }) => [name, randomTensor({ name, dtype, shape })]),
  );
  const { outputs, cycles } = await program.run(inputs);
  const exact = await program.run(inputs, { engine: "exact", timing: false });
  expect(bitsOf(exact.outputs)).toEqual(bitsOf(outputs));
  return { compiled, outputs, cycles, sram: summarise(compiled).sections[0]?.sramBytes ?? Number.NaN };
}

function bitsOf(outputs: Readonly<Record<string, Value>>): unknown[] {
  return Object.values(outputs).map((value) => (isTensor(value) ? value.data : value));
}

describe("the batch goes through the stages in tiles of so many samples", () => {
  test("values stay bit for bit, every stage has a tile a microbatch, buffers shrink and cycles change", async () => {
    const whole = await runOf("residual_mlp");
    const cut = await runOf("residual_mlp", 3);
    const single = await runOf("residual_mlp", 1);
    expect(bitsOf(cut.outputs)).toEqual(bitsOf(whole.outputs));
    expect(bitsOf(single.outputs)).toEqual(bitsOf(whole.outputs));
    for (const [{ compiled }, tiles] of [
      [cut, 4],
      [single, 12],
    ] as const) {
      const stages = compiled.flow.sections.flatMap(({ units }) => units.filter((unit) => unit.kind === "compute"));
      expect(stages.length).toBeGreaterThan(5);
      for (const { name, body } of stages) expect(tileCount(body.domain), name).toBe(tiles);
    }
    expect(single.sram).toBeLessThan(cut.sram);
    expect(cut.sram).toBeLessThan(whole.sram);
    expect(new Set([whole.cycles, cut.cycles, single.cycles]).size).toBe(3);
    expect(cut.compiled.provenance.options).toMatchObject({ "microbatch-size": "3" });
  });

  test("a convolution has its tiles of single rows already; what comes behind it follows", async () => {
    const whole = await runOf("digits_cnn");
    const cut = await runOf("digits_cnn", 2);
    expect(bitsOf(cut.outputs)).toEqual(bitsOf(whole.outputs));
    expect(cut.sram).toBeLessThan(whole.sram);
  });
});

describe("how the batch is cut", () => {
  const environment = {
    readExternal: () => {
      throw new Error("there are no files");
    },
    version: "test",
  };
  const product = (shape: string): string => `graph g(%x: f32[${shape}]) -> (%y) {
    const %w: f32[2,2] = [1.0, 2.0, 3.0, 4.0]
    %y: f32[${shape}] = MatMul@17(%x, %w)
  }`;
  const flowOf = (text: string, microbatchSize: number) =>
    compileModel({ kind: "graph", text }, { microbatchSize }, environment, "flow").flow;

  test("the largest divisor that is no more; the batch is found behind a view", () => {
    const text = `graph g(%x: f32[6,4]) -> (%y) {
      const %s: i64[2] = [-1, 2]
      const %w: f32[2,2] = [1.0, 2.0, 3.0, 4.0]
      %v: f32[12,2] = Reshape@14(%x, %s)
      %y: f32[12,2] = MatMul@17(%v, %w)
    }`;
    const units =
      flowOf(text, 4)?.sections.flatMap(({ units }) => units.filter(({ kind }) => kind === "compute")) ?? [];
    expect(units.map((unit) => (unit.kind === "compute" ? tileCount(unit.body.domain) : 0))).toEqual([2]);
  });

  test("more samples than the batch has, and a flow, which has its tiles, are refused", () => {
    expect(() => flowOf(product("8,2"), 9)).toThrow(/--microbatch-size 9 is more than the 8 samples of the batch/);
    const flow = { kind: "flow", text: "flow g {\n}\n" } as const;
    expect(() => compileModel(flow, { microbatchSize: 1 }, environment)).toThrow(/a flow has its tiles already/);
  });
});
