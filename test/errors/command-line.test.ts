import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { commandLine, fixture } from "../support/command-line.ts";
import { expectSaid, type SaidCase } from "../support/error-golden.ts";

const rdu = commandLine();
afterAll(rdu.end);

const GOLDEN = readFileSync(new URL("../passes/eliminate-dead-code.golden", import.meta.url), "utf8");
const RELU = "graph g(%x: f32[2]) -> (%y) {\n  %y = Relu@13(%x)\n}\n";

function write(name: string, text: string): void {
  mkdirSync(join(rdu.folder, name, ".."), { recursive: true });
  writeFileSync(join(rdu.folder, name), text);
}

function saying(title: string, code: number, words: readonly string[]): SaidCase {
  const { code: ended, out, error } = rdu.run(...words);
  expect(ended, `${title}: ${out}${error}`).toBe(code);
  return { title, input: `$ rdu ${words.join(" ")}`, said: (error === "" ? out : error).trimEnd() };
}

write("model.graph", RELU);

test("E0901", () =>
  expectSaid("E0901", [
    saying("a command misspelt", 2, ["complie", "model.onnx"]),
    saying("an option misspelt", 2, ["compile", "model.onnx", "--dmp-dir", "x"]),
    saying("an option of nothing known", 2, ["check", "model.onnx", "--frobnicate"]),
    saying("no model", 2, ["check"]),
    saying("too much", 2, ["check", "a.onnx", "b.onnx"]),
  ]));

test("E0902", () =>
  expectSaid("E0902", [
    saying("a level that does not exist", 2, ["compile", "model.graph", "-O2"]),
    saying("no PEF", 2, ["run"]),
    saying("a value left out", 2, ["compile", "model.graph", "--chip"]),
    saying("no length", 2, ["compile", "model.graph", "--dim", "seq=long"]),
    saying("no name", 2, ["compile", "model.graph", "--dim", "128"]),
    saying("a pass misspelt", 2, ["opt", "model.graph", "--passes", "fold-constant"]),
    saying("a pass of another level", 2, ["opt", "model.graph", "--passes", "inline-maps"]),
    saying("a form that a level does not have", 2, ["inspect", "model.graph", "--level", "flow", "--format", "onnx"]),
  ]));

test("E0903", () => expectSaid("E0903", [saying("no such file", 2, ["check", "nowhere.onnx"])]));

test("E0904", () => {
  write("taken", "a file");
  return expectSaid("E0904", [
    saying("into a file as if it were a folder", 2, ["compile", "model.graph", "-p", "taken/app.pef"]),
  ]);
});

test("E0905", () => {
  write("rules.yaml", "ffn:\n  priority: high\n  pattern:\n    up: {op_type: linear, chlid: act}\n");
  return expectSaid("E0905", [
    saying("rules with mistakes", 2, ["compile", "model.graph", "--fusion-rules", "rules.yaml"]),
  ]);
});

test("W0906", () => {
  write(
    "idle.yaml",
    "ffn:\n  priority: 1\n  pattern:\n    up: {op_type: Gemm, child: act}\n    act: {op_type: Gelu}\n",
  );
  return expectSaid("W0906", [
    saying("a rule without a match", 0, ["compile", "model.graph", "--fusion-rules", "idle.yaml"]),
  ]);
});

test("E0907", () => {
  write("goldens/eliminate-dead-code.golden", GOLDEN.replace(/^(--->\ngraph )(\w+)/m, "$1other"));
  return expectSaid("E0907", [saying("another outcome", 1, ["golden", "goldens"])]);
});

test("E0908", () => {
  write("idle/eliminate-dead-code.golden", `=== nothing is dead\n${RELU}--->\n${RELU}`);
  return expectSaid("E0908", [saying("only cases that do not need the pass", 1, ["golden", "idle"])]);
});

test("a model of the fixtures compiles, so that what is refused above is refused for its own sake", () => {
  expect(rdu.run("compile", fixture("models/digits_cnn/dynamo/model.onnx"), "-p", "ok.pef").code).toBe(0);
});
