import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

interface Schema {
  readonly package: string;
}

/** The generator is plain JavaScript: scripts of the project run without a build. */
const TOOL: { SCHEMAS: readonly Schema[]; generate: (schema: Schema, folder: string) => Promise<void> } = await import(
  new URL("../tools/proto.mjs", import.meta.url).href
);

test.each(TOOL.SCHEMAS.map((schema) => [schema.package, schema] as const))(
  "%s: the generated module is current",
  async (name, schema) => {
    const folder = mkdtempSync(join(tmpdir(), "rdu-generated-"));
    try {
      await TOOL.generate(schema, folder);
      for (const file of [`${name}.js`, `${name}.d.ts`]) {
        const committed = new URL(`../../packages/${name}/src/generated/${file}`, import.meta.url);
        const same = readFileSync(committed, "utf8") === readFileSync(join(folder, file), "utf8");
        expect(same, `${file} differs: run npm run proto`).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
