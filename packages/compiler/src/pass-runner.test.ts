import { diagnostic, InvariantError } from "@rdu/diagnostics";
import { expect, test } from "vitest";
import { type Level, PassRunner } from "./pass-runner.ts";

const numbers: Level<number> = {
  extension: "number",
  print: (value) => `number ${value}\n`,
  verify: (value) => (value < 0 ? [diagnostic("E0407", `${value} is negative`)] : []),
  rules: "positive",
  count: (value) => value,
  payloads: () => new Map(),
};

test("passes are timed, counted and dumped in order", () => {
  const dumps: [string, string][] = [];
  let time = 0;
  const now = (): number => {
    time += 5;
    return time;
  };
  const runner = new PassRunner(() => "digest", { now, dump: (file, text) => dumps.push([file, text]) });
  const two = runner.run("add-one", { value: 1, print: numbers.print }, numbers, (value) => value + 1);
  runner.run("keep", { value: two, print: numbers.print }, numbers, (value) => value);
  expect(runner.reports).toEqual([
    { name: "add-one", milliseconds: 5, count: 2, changed: true },
    { name: "keep", milliseconds: 5, count: 2, changed: false },
  ]);
  expect(dumps).toEqual([
    ["00-add-one.number", "number 2\n"],
    ["01-keep.number", "number 2\n"],
  ]);
});

test("a crash names its pass and carries its input; so does a result that the verifier refuses", () => {
  const input = { value: 7, print: numbers.print };
  const crash = (work: () => number): InvariantError => {
    try {
      new PassRunner(() => "digest").run("break-things", input, numbers, work);
    } catch (error) {
      if (error instanceof InvariantError) return error;
    }
    throw new Error("nothing crashed");
  };
  const thrown = crash(() => {
    throw new TypeError("oh");
  });
  expect([thrown.pass, thrown.reproducer, thrown.message]).toEqual(["break-things", "number 7\n", "break-things: oh"]);
  expect(crash(() => -1).message).toContain("-1 is negative");
});

test("a value that passes hand on as it is is verified once for the same rules, and again for others", () => {
  const seen: string[] = [];
  const level = (rules: string): Level<{ readonly name: string }> => ({
    extension: "thing",
    print: ({ name }) => name,
    verify: ({ name }) => {
      seen.push(`${name} ${rules}`);
      return [];
    },
    rules,
    count: () => 1,
  });
  const runner = new PassRunner(() => "digest");
  const a = { name: "a" };
  const b = { name: "b" };
  const run = (made: typeof a, rules: string) =>
    runner.run("pass", { value: a, print: () => "" }, level(rules), () => made);
  run(a, "typed");
  run(a, "typed");
  run(a, "cut");
  run(b, "typed");
  expect(seen).toEqual(["a typed", "a cut", "b typed"]);
});
