import { type Chip, presetChip } from "@rdu/chip";
import { compileModel } from "@rdu/compiler";
import { CompileError } from "@rdu/diagnostics";
import { type Graph, parseGraph } from "@rdu/ir";
import { evaluateGraph } from "@rdu/reference";
import { load } from "@rdu/runtime";
import { compareTensors, fromNumbers, isTensor, type Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";

/** Eight memory units of 64 KiB: what one stage reads fits only in pieces. */
const small = presetChip("mini-4x4");
const environment = {
  readExternal: () => {
    throw new Error("there are no files");
  },
  version: "test",
};

const CASES: Readonly<Record<string, string>> = {
  "columns of a product": `graph g(%x: f32[3,300], %w: f32[300,700]) -> (%y) {
    %p: f32[3,700] = MatMul@13(%x, %w)
    %y: f32[3,700] = Relu@14(%p)
  }`,
  "weights kept by rows, and a bias": `graph g(%x: f32[2,300], %w: f32[700,300], %b: f32[700]) -> (%y) {
    %y: f32[2,700] = Gemm@13(%x, %w, %b) [transB=1]
  }`,
  "channels of a convolution": `graph g(%x: f32[1,64,6,6], %w: f32[300,64,3,3], %b: f32[300]) -> (%y) {
    %y: f32[1,300,6,6] = Conv@11(%x, %w, %b) [pads=[1, 1, 1, 1]]
  }`,
  "rows of a table": `graph g(%w: f32[400,400], %i: i32[5]) -> (%y) {
    %y: f32[5,400] = Gather@13(%w, %i)
  }`,
  "products one beside the other": `graph g(%x: f32[3,2,300], %w: f32[3,300,500]) -> (%y) {
    %y: f32[3,2,500] = MatMul@13(%x, %w)
  }`,
  "a product that a concatenation takes": `graph g(%x: f32[3,300], %w: f32[300,700], %z: f32[3,50]) -> (%y) {
    %p: f32[3,700] = MatMul@13(%x, %w)
    %y: f32[3,750] = Concat@13(%z, %p) [axis=1]
  }`,
  "a product that another reads": `graph g(%x: f32[3,300], %w: f32[300,700], %v: f32[700,250]) -> (%y, %p) {
    %p: f32[3,700] = MatMul@13(%x, %w)
    %r: f32[3,700] = Relu@14(%p)
    %y: f32[3,250] = MatMul@13(%r, %v)
  }`,
  "a mean of everything": `graph g(%x: f32[2,100000]) -> (%y) {
    %m: f32[1,1] = ReduceMean@13(%x) [axes=[0, 1]]
    %y: f32[1,1] = Sqrt@13(%m)
  }`,
  "one long product": `graph g(%x: f32[1,90000], %w: f32[90000,2], %b: f32[2]) -> (%y) {
    %y: f32[1,2] = Gemm@13(%x, %w, %b)
  }`,
  "a table turned over": `graph g(%x: f32[500,400]) -> (%y) {
    %y: f32[400,500] = Transpose@13(%x) [perm=[1, 0]]
  }`,
};

describe("patterns larger than the chip are cut along a loop and give the reference's values", () => {
  test.each(Object.entries(CASES))("%s", (_, text) => {
    for (const optimize of [0, 1, 3] as const) {
      const { ledger, sections } = agrees(text, small, optimize);
      expect(sections, `-O${optimize}`).toBeGreaterThan(1);
      expect(ledger.some((reason) => / cut along loop \w+ into \d+$/.test(reason))).toBe(true);
    }
  });

  test("what fits is left whole", () => {
    const { ledger, sections } = agrees(CASES["channels of a convolution"] ?? "", presetChip("sn40l"), 1);
    expect([sections, ledger.filter((reason) => reason.includes("cut along"))]).toEqual([1, []]);
  });
});

test("what every iteration reads whole cannot be cut, and is said with the budget", () => {
  const text = "graph g(%x: f32[1,400000]) -> (%y) {\n%y: i64[1,1] = ArgMax@13(%x) [axis=1]\n}";
  try {
    compileModel({ kind: "graph", text }, { chip: small }, environment);
    expect.unreachable();
  } catch (error) {
    const [found] = error instanceof CompileError ? error.diagnostics : [];
    expect([found?.code, found?.message]).toEqual(["E0503", expect.stringMatching(/needs \d+ PMUs of 8/)]);
    expect(found?.notes[0]).toContain("holds 400000 float32 elements");
    expect(found?.hint).toMatch(/a chip with at least \d+ PMUs/);
  }
});

function agrees(text: string, chip: Chip, optimize: 0 | 1 | 3): { ledger: readonly string[]; sections: number } {
  const graph = parseGraph(text);
  const inputs = new Map(graph.inputs.map((id, index) => [id, valuesFor(graph, id, index)]));
  const { pef } = compileModel({ kind: "graph", text }, { chip, optimize }, environment);
  if (pef === undefined) throw new Error("no PEF");
  const { outputs } = load(pef).run(inputs, { timing: false });
  const expected = evaluateGraph(graph, inputs, { readConstant: () => fromNumbers("float32", [0], []) });
  for (const name of graph.outputs) {
    const [got, want] = [outputs.get(name), expected.get(name)];
    if (got === undefined || want === undefined || !isTensor(got) || !isTensor(want)) throw new Error(`no ${name}`);
    expect(compareTensors(got, want, { rtol: 1e-5, atol: 1e-4 }).equal, `${name} at -O${optimize}`).toBe(true);
  }
  return { ledger: pef.ledger.map(({ reason }) => reason), sections: pef.flow.sections.length };
}

function valuesFor(graph: Graph, id: string, seed: number): Tensor {
  const type = graph.types.get(id);
  if (type?.kind !== "tensor") throw new Error(`${id} is no tensor`);
  const shape = (type.shape ?? []).map(Number);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const integers = type.dtype !== "float32";
  return fromNumbers(
    type.dtype,
    shape,
    Array.from({ length: count }, (_, i) => (integers ? (i * 97) % 400 : (((i * 37 + seed * 11) % 23) - 11) * 0.125)),
  );
}
