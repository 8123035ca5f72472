import type { Backend } from "@rdu/sdk";
import { describe, expect, it } from "vitest";
import { DISPUTED, RDU_DISPUTED } from "../operators/conformance-exceptions.ts";
import { verdictsOf } from "../support/conformance-tree.ts";
import { packFolder } from "../support/packs.ts";

const KNOWN: Readonly<Record<Backend, readonly string[]>> = {
  reference: Object.keys(DISPUTED),
  rdu: Object.keys({ ...DISPUTED, ...RDU_DISPUTED }),
};

const folder = packFolder("conformance");

describe.skipIf(folder === undefined)("every conformance case", () => {
  it.each(["reference", "rdu"] as const)("through the backend %s", async (backend) => {
    const results = await verdictsOf(folder ?? "", { backend, timeoutSeconds: 600 });
    expect(results.length).toBeGreaterThan(1500);
    const wrong = results.filter(({ verdict }) => verdict !== "pass");
    const unexpected = wrong.filter(({ name }) => !KNOWN[backend].includes(name));
    expect(unexpected.map(({ name, verdict, reason }) => `${verdict} ${name}: ${reason}`)).toEqual([]);
    // A case that passes by now is to be taken off the lists.
    expect(KNOWN[backend].filter((name) => !wrong.some((result) => result.name === name))).toEqual([]);
  });
});
