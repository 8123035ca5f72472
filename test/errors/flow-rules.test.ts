import { presetChip } from "@rdu/chip";
import { parseFlow, printFlow, verifyFlow } from "@rdu/flow";
import { expect, test } from "vitest";
import { randomProgram } from "../support/random-program.ts";

/** One map, one row sum subtracted from its rows, both through buffers of two tiles. */
const text = printFlow(randomProgram({ tiles: 4, elements: 24, stages: [17, 4], depth: 2, span: 1 }));

/** The text with one thing changed, and all that the verifier says of it. */
function findings(from: string | RegExp, to: string): string[] {
  expect(text).toMatch(from);
  const found = verifyFlow(parseFlow(text.replace(from, to)), presetChip("mini-8x8"));
  return found.map(({ at, message }) => `${at.slice(1).join(" > ")}: ${message}`);
}

test("the unchanged flow is legal", () => {
  expect(findings("flow", "flow")).toEqual([]);
});

const CASES: readonly (readonly [title: string, from: string | RegExp, to: string])[] = [
  ["an address outside the tensor", "at 0 + 24*c0 + 1*c1 + 1*lane fill", "at 1 + 24*c0 + 1*c1 + 1*lane fill"],
  ["a stride that leaves the memory unit", /(write fifo 0 .*? at 0 \+ )24/, "$125"],
  [
    "vectors of another length",
    "load x.load from x for 4 | 24 by 16 vector 16",
    "load x.load from x for 4 | 23 by 16 vector 16",
  ],
  ["tiles of another number", "load x.load from x for 4 | 24", "load x.load from x for | 4, 24"],
  ["another element type", "stream x.write: f32", "stream x.write: f16"],
  ["a port wired twice", /(stream w\.write: .*) to w\.buffer\[0\]/, "$1 to w.buffer[0], x.buffer[0]"],
  ["a port that does not exist", /(stream w\.write: .*) to w\.buffer\[0\]/, "$1 to w.buffer[0], w.buffer[1]"],
  ["a unit that does not exist", /(stream w\.write: .*) to w\.buffer\[0\]/, "$1 to v.buffer[0]"],
  ["a unit defined twice", "load w.load", "load x.load"],
  ["a symbol that does not exist", "load w.load from w", "load w.load from v"],
  ["a symbol read before it is written", /symbol w: (.*) input/, "symbol w: $1 intermediate"],
  ["a section that is never called", "call s0", ""],
  ["a call of nothing", "call s0", "call s0\n  call s1"],
  ["lanes that step otherwise", "24 by 16 vector 16", "24 by 8 vector 16"],
  ["an output of no register", /output r(\d+) as f32/, "output r9 as f32"],
  ["an instruction of other types", /sub\.f32/, "sub.i32"],
  ["an input that does not widen", "input f32 as f32", "input f32 as i32"],
  ["tiles that are reduced over", "reduce 1 scan none", "reduce 0 scan none"],
  ["a reduction of no register", "reduce sum f32 r0", "reduce sum f32 r5"],
  ["a handshake of a program that is not there", "handshake 0 -> 0", "handshake 0 -> 7"],
  ["a tile map that divides by nothing", "need (1, 1, 0, 1, 1, 0)", "need (1, 1, 0, 0, 1, 0)"],
  [
    "a counter within one of another step",
    "for 4 | 24 by 16 vector 16 at",
    "for 4 | 24 by 16 vector 16, 5 within c0 at",
  ],
  ["numbers beyond all measure", "elements 96", "elements 9007199254740991"],
];

test("each broken rule is named with its place", async () => {
  const written = CASES.map(([title, from, to]) => `=== ${title}\n${findings(from, to).slice(0, 3).join("\n")}\n`);
  await expect(written.join("\n")).toMatchFileSnapshot("flow-rules.golden");
});

test("each case breaks a rule", () => {
  for (const [title, from, to] of CASES) expect(findings(from, to), title).not.toEqual([]);
});
