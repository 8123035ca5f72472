import { readdirSync, readFileSync } from "node:fs";
import { runGolden } from "@rdu/compiler";
import { PASSES } from "@rdu/fusion";
import { describe, expect, test } from "vitest";

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".golden"))
  .sort();

describe("goldens of passes", () => {
  test("each pass has one, and each is named for a pass", () => {
    expect(files).toEqual(PASSES.map(({ name }) => `${name}.golden`).sort());
  });

  for (const file of files) {
    test(file, async () => {
      const path = new URL(file, folder);
      const text = readFileSync(path, "utf8");
      const result = runGolden(file, text);
      await expect(result.updated).toMatchFileSnapshot(path.pathname);
      expect(result.unchecked, "passes that may be turned off unnoticed").toEqual([]);
      const idle = result.cases.filter(({ fires }) => !fires);
      expect(idle.length, "cases in which the pass must not fire").toBeGreaterThan(0);
    });
  }
});
