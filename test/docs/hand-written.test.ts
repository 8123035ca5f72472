import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const pages = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

test("links inside the project lead somewhere", () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].flatMap(([, target = ""]) =>
      existsSync(join(ROOT, dirname(page), target)) ? [] : [`${page}: ${target}`],
    ),
  );
  expect(broken).toEqual([]);
});

test("commands that pages show exist, with their options", () => {
  const help = read("test/cli/help.txt");
  const helpOf = (command: string): string =>
    help.split("Usage: rdu ").find((text) => text.startsWith(`${command} `)) ?? "";
  const wrong = pages.flatMap((page) =>
    [...read(page).matchAll(/^(?: {4}|\$ )?(?:\$ )?rdu ([a-z]+)(.*)$/gm)].flatMap(
      ([line = "", command = "", rest = ""]) => {
        const known = helpOf(command);
        const flags = rest.split(" #")[0]?.match(/--[a-z-]+/g) ?? [];
        return known !== "" && flags.every((flag) => known.includes(flag)) ? [] : [`${page}: ${line.trim()}`];
      },
    ),
  );
  expect(wrong).toEqual([]);
});

test("code that pages quote from a file stands in it", () => {
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(/```\w+\n\/\/ ((?:packages|test|cli)\/\S+)\n([\s\S]*?)```/g)].flatMap(
      ([, path = "", code = ""]) => (read(path).includes(code.trimEnd()) ? [] : [`${page}: ${path}`]),
    ),
  );
  expect(missing).toEqual([]);
});

test("packages have a page each", () => {
  const packages = readdirSync(join(ROOT, "packages"));
  expect(packages.filter((name) => !existsSync(join(ROOT, "packages", name, "README.md")))).toEqual([]);
});
