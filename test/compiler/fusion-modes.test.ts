import { readFileSync } from "node:fs";
import { type CompileOptions, type CompileReport, compileModel } from "@rdu/compiler";
import { parseRules } from "@rdu/fusion";
import { beforeAll, describe, expect, test } from "vitest";

const model = new Uint8Array(
  readFileSync(new URL("../../fixtures/models/transformer_encoder/torchscript_batch/model.onnx", import.meta.url)),
);

function report(options: CompileOptions): CompileReport {
  const environment = {
    readExternal: () => {
      throw new Error("the fixture keeps its weights inside");
    },
    version: "test",
  };
  return compileModel({ kind: "onnx", bytes: model }, { batchSize: 1, ...options }, environment, "flow").report;
}

describe("one model under every mode of fusion", () => {
  const reports = new Map<string, CompileReport>();
  const modes: readonly (readonly [string, CompileOptions])[] = [
    ["O0", { optimize: 0 }],
    ["conventional", { optimize: 1, fusion: "conventional" }],
    ["O1", { optimize: 1 }],
    ["O3", { optimize: 3 }],
  ];
  beforeAll(() => {
    for (const [name, options] of modes) reports.set(name, report(options));
  });

  test("nothing is left to the host", () => {
    expect([...reports.values()].map(({ hostCalls }) => hostCalls.length)).toEqual([0, 0, 0, 0]);
  });

  test("each mode takes fewer sections than the one before, -O3 a single one", () => {
    const counts = modes.map(([name]) => reports.get(name)?.sections.length ?? 0);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(new Set(counts).size).toBe(counts.length);
    expect(counts.at(-1)).toBe(1);
  });

  test("every section names the ONNX nodes that it came from", () => {
    for (const { sections } of reports.values())
      for (const { name, origin } of sections) expect(origin.length, name).toBeGreaterThan(0);
  });

  test("a user's rule makes a section of each feed-forward block, and one that matches nothing is warned of", () => {
    const rules = parseRules(`
ffn: {pattern: {up: {op_type: linear, child: act}, act: {op_type: gelu, child: down}, down: {op_type: linear}}}
none: {pattern: {only: {op_type: conv2d}}}
`);
    const { sections, ledger, warnings } = report({ optimize: 1, rules });
    const blocks = ledger.filter(({ rule, verdict }) => rule === "ffn" && verdict === "taken");
    expect(blocks.length).toBe(2);
    for (const { nodes } of blocks)
      expect(sections.some(({ origin }) => origin.every((place) => nodes.includes(place)))).toBe(true);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([["W0906", "rule none (priority 0)"]]);
  });
});
