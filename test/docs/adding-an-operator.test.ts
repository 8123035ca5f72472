import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Code in the page is code of the project: each block stands, line for line, in the file that its first line names. */
it("adding-an-operator.md quotes real code", () => {
  const page = readFileSync(join(ROOT, "docs/adding-an-operator.md"), "utf8");
  const blocks = [...page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)];
  expect(blocks.length).toBeGreaterThan(4);
  const missing = blocks.filter(
    ([, path = "", code = ""]) => !readFileSync(join(ROOT, path), "utf8").includes(code.trimEnd()),
  );
  expect(missing.map(([block]) => block)).toEqual([]);
});
