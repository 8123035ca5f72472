import { readFileSync } from "node:fs";
import { layoutTables } from "@rdu/pef";
import { expect, test } from "vitest";
import { withTables } from "./tables.ts";

const PAGE = new URL("../../docs/pef.md", import.meta.url).pathname;

test("the tables of docs/pef.md are those of the code", async () => {
  await expect(withTables(readFileSync(PAGE, "utf8"), layoutTables())).toMatchFileSnapshot(PAGE);
});
