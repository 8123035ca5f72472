import { presetChip } from "@rdu/chip";
import { type Flow, verifyFlow } from "@rdu/flow";
import { parseGraph } from "@rdu/ir";
import { lower } from "@rdu/lowering";
import { fromNumbers, numberAt, type Tensor } from "@rdu/tensor";
import { expect, test } from "vitest";
import { runFlow } from "../support/lower-and-run.ts";

const chip = presetChip("mini-4x4");
const input = fromNumbers(
  "float32",
  [4, 8],
  Array.from({ length: 32 }, (_, i) => i - 10.5),
);

const map = (to: string, from: string, step: string): string =>
  `%${to}: f32[4,8] = pattern(%${from}) for i in 4, j in 8 {\nr0 = %0[i, j]\nr1 = ${step}\nyield r1 as f32[4,8] at [i, j]\n}\n`;

function lowered(sections: readonly string[], outputs: string): Flow {
  const body = sections.map((text, index) => `section s${index} {\n${text}\n}\n`).join("");
  const flow = lower(parseGraph(`graph g(%x: f32[4,8]) -> (${outputs}) {\n${body}}\n`), chip);
  expect(verifyFlow(flow, chip)).toEqual([]);
  return flow;
}

function valuesOf(flow: Flow, name: string): number[] {
  const both = (["exact", "fast"] as const).map((engine) => {
    const tensor = runFlow(flow, new Map([["x", input]]), engine).get(name) as Tensor;
    return Array.from({ length: tensor.shape.reduce((a, b) => a * b, 1) }, (_, i) => Number(numberAt(tensor, i)));
  });
  expect(both[1]).toEqual(both[0]);
  return both[0] as number[];
}

const symbolsOf = (flow: Flow): string[] => flow.symbols.map(({ name }) => name);
const x = Array.from({ length: 32 }, (_, i) => i - 10.5);
const double = map("a", "x", "mul.f32 r0, 2.0");
const negate = map("b", "x", "neg.f32 r0");

test("parts are stored where they are made, and no section copies them together", () => {
  const flow = lowered(
    [
      `${double}%v: f32[1,4,8] = view(%a)`,
      `${negate}%w: f32[1,4,8] = view(%b)`,
      "%y: f32[2,4,8] = join(%v at [0,0,0], %w at [1,0,0])",
    ],
    "%y",
  );
  expect(flow.sections.map(({ name }) => name)).toEqual(["s0", "s1"]);
  expect(symbolsOf(flow)).toEqual(["x", "y"]);
  expect(valuesOf(flow, "y")).toEqual([...x.map((value) => 2 * value), ...x.map((value) => -value)]);
});

test("a part that others read as well is stored twice", () => {
  const flow = lowered(
    [double, `${map("b", "a", "neg.f32 r0")}%y: f32[8,8] = join(%a at [0,0], %b at [4,0])`],
    "%y, %b",
  );
  expect(new Set(symbolsOf(flow))).toEqual(new Set(["x", "a", "b", "y"]));
  expect(valuesOf(flow, "y").slice(0, 32)).toEqual(x.map((value) => 2 * value));
  expect(valuesOf(flow, "b")).toEqual(valuesOf(flow, "y").slice(32));
});

test("a part from memory is copied where the join stands, one part twice is stored twice", () => {
  const flow = lowered([double, "%y: f32[12,8] = join(%a at [0,0], %x at [4,0], %a at [8,0])"], "%y");
  expect(flow.sections.map(({ units }) => units.filter(({ kind }) => kind === "store").length)).toEqual([2, 1]);
  const doubled = x.map((value) => 2 * value);
  expect(valuesOf(flow, "y")).toEqual([...doubled, ...x, ...doubled]);
});

test("a join that its own section reads stays whole there", () => {
  const read =
    "%z: f32[8,8] = pattern(%y) for i in 8, j in 8 {\nr0 = %0[i, j]\nr1 = add.f32 r0, 1.0\nyield r1 as f32[8,8] at [i, j]\n}";
  const flow = lowered([double, `${negate}%y: f32[8,8] = join(%a at [0,0], %b at [4,0])\n${read}`], "%z");
  expect(symbolsOf(flow)).toEqual(["x", "a", "z"]);
  expect(valuesOf(flow, "z").slice(0, 32)).toEqual(x.map((value) => 2 * value + 1));
});

test("a view that mixes axes is no part as it is made", () => {
  const flow = lowered([`${double}%v: f32[8,4] = view(%a)`, "%y: f32[8,8] = join(%v at [0,0], %v at [0,4])"], "%y");
  expect(symbolsOf(flow)).toEqual(["x", "a", "y"]);
  const rows = Array.from({ length: 8 }, (_, row) => x.slice(4 * row, 4 * row + 4).map((value) => 2 * value));
  expect(valuesOf(flow, "y")).toEqual(rows.flatMap((row) => [...row, ...row]));
});
