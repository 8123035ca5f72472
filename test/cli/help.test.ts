import { afterAll, expect, test } from "vitest";
import { commandLine } from "../support/command-line.ts";

const rdu = commandLine();
afterAll(rdu.end);

const COMMANDS =
  "check compile run verify inspect opt golden explain diff conformance bench ops passes kernels chips".split(" ");

test("the help of the program and of each command", async () => {
  const overview = rdu.run("--help");
  const texts = [overview.out, ...COMMANDS.map((name) => rdu.run(name, "--help").out)];
  expect(overview.out.split("\n").length).toBeLessThan(45);
  expect(texts.every((text) => text.startsWith("Usage: rdu"))).toBe(true);
  expect(texts.slice(1).every((text) => text.includes("\nExamples:\n  $ rdu "))).toBe(true);
  await expect(texts.join("\n")).toMatchFileSnapshot("help.txt");
});

test("every command stands in the overview", () => {
  const { out } = rdu.run("--help");
  expect(COMMANDS.filter((name) => !new RegExp(`^  ${name} `, "m").test(out))).toEqual([]);
});

test("no command is a mistake in use, the version is none", () => {
  const { code, out } = rdu.run();
  expect(code).toBe(2);
  expect(out).toBe(rdu.run("--help").out);
  expect(rdu.run("--version")).toMatchObject({ code: 0, out: "0.1.0\n" });
});
