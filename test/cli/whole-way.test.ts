import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { commandLine, fixture } from "../support/command-line.ts";

const rdu = commandLine();
afterAll(rdu.end);

const DIGITS = fixture("models/digits_cnn/dynamo");
const FREE = fixture("models/digits_cnn/dynamo_batch/model.onnx");
const bytesOf = (path: string): Buffer => readFileSync(join(rdu.folder, path));

function ok(...words: readonly string[]): string {
  const { code, out, error } = rdu.run(...words);
  expect(code, error + out).toBe(0);
  return out;
}

test("check, compile, run and verify a model that PyTorch trained", () => {
  expect(ok("check", `${DIGITS}/model.onnx`)).toContain("compiles; no host calls");
  const compiled = ok("compile", `${DIGITS}/model.onnx`, "-p", "app.pef");
  for (const label of ["sections", "units", "memory", "host calls", "cycles", "passes"])
    expect(compiled).toContain(`  ${label}`);
  const ran = ok("run", "-p", "app.pef", "--data", `${DIGITS}/test_data_set_0`, "--output", "out");
  expect(ran).toContain("logits: agrees");
  expect(ran).toMatch(/simulated cycles a second/);
  expect(existsSync(join(rdu.folder, "out/logits.npy"))).toBe(true);
  expect(ok("verify", `${DIGITS}/model.onnx`, "--data", DIGITS, "-O3")).toContain(": agrees, ");
});

test("every report is data with --json", () => {
  const parse = (...words: string[]): unknown => JSON.parse(ok(...words, "--json"));
  expect(parse("check", `${DIGITS}/model.onnx`)).toMatchObject({ compiles: true, nodes: 10 });
  expect(parse("compile", `${DIGITS}/model.onnx`, "-p", "j.pef")).toMatchObject({ hostCalls: [], pef: "j.pef" });
  expect(parse("run", "-p", "j.pef", "--input", "random")).toMatchObject({ timing: { launches: 1 } });
  expect(parse("verify", `${DIGITS}/model.onnx`)).toMatchObject({ passed: true });
  expect(parse("inspect", "j.pef")).toMatchObject({ provenance: { tool: "rdu" } });
  ok("compile", `${DIGITS}/model.onnx`, "--precision", "mixed", "-p", "mixed.pef");
  expect(parse("diff", "j.pef", "mixed.pef")).toMatchObject({ level: "flow", same: false, before: { sections: 1 } });
  expect(parse("explain", "relu_1", "-p", "j.pef")).toMatchObject({ hostCalls: [] });
  for (const registry of ["ops", "passes", "kernels"]) expect(parse(registry)).toBeInstanceOf(Array);
  expect(parse("chips")).toMatchObject([{ name: "sn40l" }, {}, {}, {}]);
});

test("the spellings of the vendor's tools mean the same", () => {
  ok("compile", FREE, "-b=8", "-mb=4", "-o1", "-p=a.pef");
  ok("compile", FREE, "--batch-size", "8", "--microbatch-size", "4", "-O", "1", "--pef", "b.pef");
  expect(rdu.run("compile", FREE, "-b=8", "-mb=9").code).toBe(2);
  expect(bytesOf("a.pef").equals(bytesOf("b.pef"))).toBe(true);
});

test("the same input and options give the same bytes, another seed other places but the same values", () => {
  ok("compile", `${DIGITS}/model.onnx`, "-p", "one.pef");
  ok("compile", `${DIGITS}/model.onnx`, "-p", "two.pef");
  ok("compile", `${DIGITS}/model.onnx`, "--seed", "7", "-p", "seven.pef");
  expect(bytesOf("one.pef").equals(bytesOf("two.pef"))).toBe(true);
  expect(bytesOf("one.pef").equals(bytesOf("seven.pef"))).toBe(false);
  for (const name of ["one", "seven"]) ok("run", "-p", `${name}.pef`, "--input", "input=random", "--output", name);
  expect(bytesOf("one/logits.npy").equals(bytesOf("seven/logits.npy"))).toBe(true);
});

test("both engines give the same bits", () => {
  ok("compile", `${DIGITS}/model.onnx`, "-p", "engines.pef");
  for (const engine of ["fast", "exact"]) {
    ok("run", "-p", "engines.pef", "--input", "random", "--no-timing", "--engine", engine, "--output", engine);
  }
  expect(bytesOf("fast/logits.npy").equals(bytesOf("exact/logits.npy"))).toBe(true);
});

test("what is dumped is read back at every level, and ends in the same values", () => {
  ok("compile", `${DIGITS}/model.onnx`, "-p", "whole.pef", "--dump-dir", "dump");
  ok("run", "-p", "whole.pef", "--input", "random", "--output", "whole");
  const dumped = readdirSync(join(rdu.folder, "dump"));
  const entries = ["canonicalise.graph", "decompose.graph", "cut-sections.graph", "lower.flow"];
  for (const [index, end] of entries.entries()) {
    const file = dumped.find((name) => name.endsWith(end));
    ok("compile", `dump/${file}`, "-p", `from${index}.pef`);
    ok("run", "-p", `from${index}.pef`, "--input", "random", "--output", `from${index}`);
    expect(bytesOf(`from${index}/logits.npy`).equals(bytesOf("whole/logits.npy")), end).toBe(true);
  }
});

test("a level is printed, and shown in every form", () => {
  for (const [level, start] of [
    ["graph", "graph "],
    ["patterns", "graph "],
    ["flow", "flow "],
    ["placed", "place"],
  ] as const) {
    expect(ok("compile", `${DIGITS}/model.onnx`, "--to", level)).toMatch(new RegExp(`^${start}`));
  }
  ok("compile", `${DIGITS}/model.onnx`, "-p", "shown.pef");
  expect(ok("inspect", "shown.pef")).toContain("provenance");
  expect(ok("inspect", "shown.pef", "--level", "flow", "--format", "dot")).toContain("digraph");
  expect(JSON.parse(ok("inspect", "shown.pef", "--format", "json"))).toMatchObject({ provenance: { tool: "rdu" } });
  ok("inspect", `${DIGITS}/model.onnx`, "--level", "patterns", "--format", "onnx", "--output", "patterns.onnx");
  expect(bytesOf("patterns.onnx").length).toBeGreaterThan(1000);
  expect(ok("explain", "relu_1", "-p", "shown.pef")).toContain("fuse-epilogues taken");
  ok("compile", `${DIGITS}/model.onnx`, "-O0", "-p", "plain.pef");
  expect(ok("diff", "plain.pef", "shown.pef")).toMatch(/^sections +9 +1 /m);
});

test("a placement is entered with the flow beside it, kept as it is, and judged", () => {
  ok("compile", `${DIGITS}/model.onnx`, "-p", "placed.pef", "--dump-dir", "sites");
  const file = readdirSync(join(rdu.folder, "sites")).find((name) => name.endsWith(".place"));
  const text = ok("inspect", "placed.pef", "--level", "placed");
  ok("compile", `sites/${file}`, "-p", "again.pef");
  expect(ok("inspect", "again.pef", "--level", "placed")).toBe(text);
  const moved = text.replace(/unit (\S+) @ \d+:\d+:\d+/, "unit $1 @ 7:0:0");
  writeFileSync(join(rdu.folder, "sites", "99-moved.place"), moved);
  const { code, error } = rdu.run("compile", "sites/99-moved.place", "-p", "moved.pef");
  expect(code).toBe(1);
  expect(error).toContain("E0603");
  expect(existsSync(join(rdu.folder, "moved.pef"))).toBe(false);
});

test("a page of a program and of a graph", () => {
  ok("compile", `${DIGITS}/model.onnx`, "-p", "page.pef");
  ok("inspect", "page.pef", "--format", "html", "--output", "page.html");
  expect(bytesOf("page.html").toString()).toMatch(/^<!doctype html>/);
  expect(ok("inspect", "page.pef", "--format", "html", "--section", "s0")).toBe(bytesOf("page.html").toString());
  expect(ok("inspect", `${DIGITS}/model.onnx`, "--format", "html")).toMatch(/^<!doctype html>/);
  expect(rdu.run("inspect", "page.pef", "--format", "html", "--section", "s9").code).toBe(2);
});

test("what a precision rounds is said, and remembered", () => {
  const words = ["--data", DIGITS, "--precision", "bf16"];
  expect(ok("verify", `${DIGITS}/model.onnx`, ...words)).toMatch(/agrees, .*bf16: up to 3\.1 % .* taken for rounding/);
  ok("compile", `${DIGITS}/model.onnx`, "--precision", "bf16", "-p", "bf16.pef");
  const ran = ok("run", "-p", "bf16.pef", "--data", `${DIGITS}/test_data_set_0`, "--reference", `${DIGITS}/model.onnx`);
  expect(ran).toContain("float32 tensors inside the graph are stored as bfloat16");
  expect(rdu.run("compile", `${DIGITS}/model.onnx`, "--precision", "fp8")).toMatchObject({ code: 2 });
});

test("weights beside the model are read when the PEF runs, from its folder or the one that is named", () => {
  const from = fixture("models/external_data");
  mkdirSync(join(rdu.folder, "moved"), { recursive: true });
  for (const name of ["model.onnx", "model.onnx.data"]) copyFileSync(join(from, name), join(rdu.folder, "moved", name));
  ok("compile", "moved/model.onnx", "-p", "moved/app.pef");
  expect(ok("run", "-p", "moved/app.pef", "--data", join(from, "test_data_set_0"))).toContain("agrees");
  ok("compile", "moved/model.onnx", "-p", "elsewhere.pef");
  expect(rdu.run("run", "-p", "elsewhere.pef", "--input", "random")).toMatchObject({ code: 2 });
  ok("run", "-p", "elsewhere.pef", "--input", "random", "--weights", "moved");
});

test("verify names the first pass that diverges, which is none", () => {
  expect(ok("verify", `${DIGITS}/model.onnx`, "--each-pass")).toContain("no pass diverges");
});

test("passes run on a text, and their names and those of operators are told", () => {
  ok("compile", `${DIGITS}/model.onnx`, "-p", "opt.pef", "--dump-dir", "texts");
  const after = ok("opt", "texts/00-import.graph", "--passes", "infer-shapes,decompose");
  expect(after).toContain("reduce sum.f32");
  for (const pass of ["infer-shapes", "cut-sections"]) expect(ok("passes")).toContain(`\n${pass} `);
  expect(ok("ops", "LogSoftmax")).toMatch(/^LogSoftmax +chip /m);
  expect(ok("kernels")).toContain("systolic");
  expect(ok("chips", "mini-4x4")).toMatch(/^chip mini-4x4 \{/);
});

test("how long a model takes", () => {
  expect(ok("bench", `${DIGITS}/model.onnx`, "--runs", "1")).toMatch(/ simulated a second of a run/);
});

test("cases as the ONNX backend tests lay them out", () => {
  const cases = fixture("models/residual_mlp");
  expect(ok("conformance", cases, "--filter", "dynamo$", "--workers", "1")).toContain(
    "1 of 1 cases pass, 1 of them without a host call",
  );
});
