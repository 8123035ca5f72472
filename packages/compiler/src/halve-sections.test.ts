import { presetChip } from "@rdu/chip";
import { CompileError, diagnostic } from "@rdu/diagnostics";
import { type Graph, parseGraph, printGraph } from "@rdu/ir";
import type { LedgerEntry } from "@rdu/pef";
import { expect, test } from "vitest";
import { halveSections } from "./halve-sections.ts";

const map = (to: string, from: string): string =>
  `%${to}: f32[4] = pattern(%${from}) for i in 4 {\nr0 = %0[i]\nr1 = neg.f32 r0\nyield r1 as f32[4] at [i]\n}\n`;
const graph: Graph = parseGraph(
  `graph g(%x: f32[4]) -> (%d) {\nsection s0 {\n${map("a", "x")}${map("b", "a")}${map("c", "b")}}\nsection s1 {\n${map("d", "c")}}\n}\n`,
);
const fault = (code: "E0602" | "E0201", section: string): CompileError =>
  new CompileError([diagnostic(code, "too busy", { at: [`section ${section}`] })]);

test("a section that cannot be routed is cut in two and the rest renamed", () => {
  const ledger: LedgerEntry[] = [];
  const halved = halveSections(graph, fault("E0602", "s0"), presetChip("mini-4x4"), (entry) => ledger.push(entry));
  const sections = halved?.nodes.map(({ outputs, section }) => `${outputs.join()} in ${section}`);
  expect(sections).toEqual(["a in s0", "b in s0", "c in s1", "d in s2"]);
  expect(printGraph(halved ?? graph)).toContain("section s2 {");
  expect(ledger).toEqual([
    { nodes: ["c"], rule: "cut-sections", verdict: "cut", reason: "streams cannot be routed: too busy" },
  ]);
});

test("a single pattern, another section's name and other faults are not for cutting", () => {
  const refuse = (error: unknown): unknown => halveSections(graph, error, presetChip("mini-4x4"), () => {});
  expect(refuse(fault("E0602", "s1"))).toBeUndefined();
  expect(refuse(fault("E0602", "s7"))).toBeUndefined();
  expect(refuse(fault("E0201", "s0"))).toBeUndefined();
  expect(refuse(new TypeError("oh"))).toBeUndefined();
});
