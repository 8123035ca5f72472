import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DISPUTED, UNSCORED } from "../operators/conformance-exceptions.ts";
import { judge } from "../support/conformance-case.ts";
import { packFolder } from "../support/packs.ts";
import { runReference } from "../support/reference-backend.ts";

/** Every case of the outside packs through the reference. What does not pass is listed by name, with the reason. */
for (const pack of ["conformance", "models"] as const) {
  const folder = packFolder(pack);
  const groups =
    folder === undefined ? [] : readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: group } of groups) {
    const cases = readdirSync(join(folder ?? "", group)).filter((name) => name.startsWith("test_"));
    describe.skipIf(cases.length === 0)(`${pack}: ${group}`, () => {
      it.each(cases)("%s", (name) => {
        if (UNSCORED.includes(name)) return;
        const expected = DISPUTED[name] !== undefined ? "fail" : "pass";
        const { verdict, reason } = judge(join(folder ?? "", group, name), runReference);
        expect(verdict, reason).toBe(expected);
      });
    });
  }
}
