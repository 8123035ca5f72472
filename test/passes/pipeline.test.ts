import { existsSync, readFileSync } from "node:fs";
import { OPTIMIZE_LEVELS, PASSES, PIPELINE, pipelineFor } from "@rdu/fusion";
import { describe, expect, test } from "vitest";

describe("the pipeline of passes", () => {
  test("a pass is one file that bears its name and exports it in camel case", () => {
    for (const { name } of PASSES) {
      const file = new URL(`../../packages/fusion/src/${name}.ts`, import.meta.url);
      expect(existsSync(file), name).toBe(true);
      const exported = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
      expect(readFileSync(file, "utf8")).toContain(`export const ${exported}: GraphPass = {\n  name: "${name}",`);
    }
  });

  test.each(OPTIMIZE_LEVELS)("at -O%i every pass runs behind those it names", (optimize) => {
    const rows = pipelineFor(optimize);
    const names = rows.map(({ name }) => name);
    for (const [index, { name, after }] of rows.entries())
      for (const [before, reason] of Object.entries(after)) {
        expect(
          PASSES.map((pass) => pass.name),
          `${name} runs after an unknown pass`,
        ).toContain(before);
        if (names.includes(before)) expect(names.indexOf(before), reason).toBeLessThan(index);
      }
  });

  test.each(OPTIMIZE_LEVELS)("at -O%i each pass takes what the one before gives", (optimize) => {
    let level = "imported";
    for (const { name, takes, gives } of pipelineFor(optimize)) {
      expect(takes, name).toBe(level);
      level = gives;
    }
    expect(level).toBe("patterns");
  });

  test("every row of the pipeline is a pass of some level", () => {
    const run = new Set(OPTIMIZE_LEVELS.flatMap((optimize) => pipelineFor(optimize)));
    expect(PIPELINE.filter((pass) => !run.has(pass))).toEqual([]);
  });
});
