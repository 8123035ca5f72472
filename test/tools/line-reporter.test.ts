import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("a run ends in a line that counts tests, and files that do not load as failures", () => {
  const folder = mkdtempSync(join(tmpdir(), "rdu-reporter-"));
  try {
    const vitest = pathToFileURL(join(root, "node_modules/vitest/dist/index.js")).href;
    const head = `import { test } from ${JSON.stringify(vitest)};\n`;
    writeFileSync(
      join(folder, "a.test.mjs"),
      `${head}test("x", () => {});\ntest("y", () => { throw new Error("z"); });\n`,
    );
    writeFileSync(join(folder, "b.test.mjs"), `throw new Error("does not load");\n`);
    const reporter = join(root, "test/tools/line-reporter.ts");
    const config = `export default { test: { include: ["*.test.mjs"], reporters: [${JSON.stringify(reporter)}] } };\n`;
    writeFileSync(join(folder, "vitest.config.mjs"), config);
    let output = "";
    try {
      output = execFileSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", folder], {
        encoding: "utf8",
        stdio: "pipe",
      });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    expect(output.trimEnd().split("\n").at(-1)).toBe("1 passed, 2 failed");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
