import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutTables } from "@rdu/pef";
import { expect, test } from "vitest";
import { withTables } from "./tables.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PAGE = join(ROOT, "docs/pef.md");

test("the tables of docs/pef.md are those of the code", async () => {
  await expect(withTables(readFileSync(PAGE, "utf8"), layoutTables())).toMatchFileSnapshot(PAGE);
});

test("the generated reader of the directory is that of pef.proto", () => {
  const made = join(mkdtempSync(join(tmpdir(), "pef-proto-")), "pef.js");
  const options =
    "--root rdu-pef --no-create --no-verify --no-convert --no-delimited --no-typeurl --no-service --no-comments";
  const command = ["-t", "static-module", "-w", "esm", ...options.split(" "), "-o", made, "packages/pef/src/pef.proto"];
  execFileSync("node_modules/.bin/pbjs", command, { cwd: ROOT, stdio: "pipe" });
  expect(readFileSync(made, "utf8")).toBe(readFileSync(join(ROOT, "packages/pef/src/generated/pef.js"), "utf8"));
});
