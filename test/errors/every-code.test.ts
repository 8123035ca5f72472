import { existsSync, readFileSync } from "node:fs";
import { CODES } from "@rdu/diagnostics";
import { expect, test } from "vitest";
import { isTest, readTree } from "../architecture/source-tree.ts";

const codes = Object.keys(CODES);

test.each(codes)("%s has a golden", (code) => {
  const path = new URL(`${code}.golden`, import.meta.url);
  expect(existsSync(path), `test/errors/${code}.golden`).toBe(true);
  expect(readFileSync(path, "utf8")).toMatch(new RegExp(`^(error|warning)\\[${code}\\]: `, "m"));
});

test("every code is given somewhere, and no other", () => {
  const sources = readTree(["packages", "cli"], (path) => /\/src\/.*\.ts$/.test(path) && !isTest(path));
  const given = sources.filter(({ path }) => !path.endsWith("/codes.ts")).map(({ text }) => text);
  const found = new Set(given.flatMap((text) => text.match(/"[EW]\d{4}"/g) ?? []).map((text) => text.slice(1, -1)));
  expect([...found].sort()).toEqual([...codes].sort());
});
