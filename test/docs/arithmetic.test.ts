import { readFileSync } from "node:fs";
import { COMBINERS, FUNCTIONS, identityOf, type LaneType, PRIMITIVES } from "@rdu/arithmetic";
import { expect, test } from "vitest";
import { withTables } from "./tables.ts";

const PAGE = new URL("../../docs/arithmetic.md", import.meta.url).pathname;

function lanes(types: readonly LaneType[]): string {
  return types.map((type) => `\`${type}\``).join(" ");
}

function cost({ stages, tail }: { readonly stages: number; readonly tail: number }): string {
  const parts = [
    ...(stages > 0 ? [`${stages} stage${stages > 1 ? "s" : ""}`] : []),
    ...(tail > 0 ? [`tail ${tail}`] : []),
  ];
  return parts.length === 0 ? "free" : parts.join(", ");
}

test("the tables of docs/arithmetic.md are those of the code", async () => {
  const text = withTables(readFileSync(PAGE, "utf8"), {
    primitives: [
      ["operation", "result", "cost", "lane types"],
      ...Object.entries(PRIMITIVES).map(([op, row]) => [`\`${op}\``, row.summary, cost(row.cost), lanes(row.types)]),
    ],
    functions: [
      ["function", "result", "error in f32, ulp", "cost", "lane types"],
      ...Object.entries(FUNCTIONS).map(([op, row]) => [
        `\`${op}\``,
        row.summary,
        row.ulp === 0 ? "exact" : String(row.ulp),
        cost(row.cost),
        lanes(row.types),
      ]),
    ],
    combiners: [
      ["combiner", "meaning", "lane types", "identity in i32"],
      ...Object.entries(COMBINERS).map(([combiner, row]) => [
        `\`${combiner}\``,
        row.summary,
        lanes(row.types),
        String(identityOf(combiner as keyof typeof COMBINERS, "i32")),
      ]),
    ],
  });
  await expect(text).toMatchFileSnapshot(PAGE);
});
