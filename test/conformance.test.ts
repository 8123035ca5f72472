import { findCases, runCase } from "@rdu/sdk";
import { describe, expect, it } from "vitest";
import { DISPUTED, RDU_DISPUTED, UNSCORED } from "./operators/conformance-exceptions.ts";
import { packFolder } from "./support/packs.ts";

/** One in so many of the small cases, so that the default run notices at once; test/full runs them all. */
const EVERY = { fast: 14, exact: 42 } as const;
const folder = packFolder("conformance");
const excepted = [...UNSCORED, ...Object.keys({ ...DISPUTED, ...RDU_DISPUTED })];

describe.skipIf(folder === undefined)("a sample of conformance cases through PEF and chip", () => {
  const cases =
    folder === undefined
      ? []
      : findCases(folder, "^(node|simple|pytorch)").filter((one) => !excepted.includes(one.name));
  for (const engine of ["fast", "exact"] as const) {
    it(`engine ${engine}`, async () => {
      const failed: string[] = [];
      for (const { name, directory } of cases.filter((_, index) => index % EVERY[engine] === 0)) {
        const { verdict, reason } = await runCase(directory, { backend: "rdu", engine });
        if (verdict !== "pass") failed.push(`${verdict} ${name}: ${reason}`);
      }
      expect(failed).toEqual([]);
    }, 120_000);
  }
});
