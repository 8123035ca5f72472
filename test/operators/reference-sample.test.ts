import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { judge } from "../support/conformance-case.ts";
import { packFolder } from "../support/packs.ts";
import { runReference } from "../support/reference-backend.ts";
import { DISPUTED, UNSCORED } from "./conformance-exceptions.ts";

/** One in twelve of the small conformance cases, so that the default run notices at once; test/full runs them all. */
const EVERY = 12;
const folder = packFolder("conformance");
const groups = ["node", "simple", "pytorch-converted", "pytorch-operator"].filter(
  (group) => folder !== undefined && existsSync(join(folder, group)),
);

describe.skipIf(groups.length === 0)("a sample of conformance cases through the reference", () => {
  for (const group of groups) {
    const cases = readdirSync(join(folder ?? "", group))
      .filter((name) => name.startsWith("test_"))
      .sort()
      .filter((name) => !UNSCORED.includes(name) && DISPUTED[name] === undefined);
    it(group, () => {
      const failed = cases
        .filter((_, index) => index % EVERY === 0)
        .map((name) => ({ name, ...judge(join(folder ?? "", group, name), runReference) }))
        .filter(({ verdict }) => verdict !== "pass");
      expect(failed).toEqual([]);
    });
  }
});
