import type { Backend } from "@rdu/sdk";
import { describe, expect, it } from "vitest";
import { DISPUTED } from "../operators/conformance-exceptions.ts";
import { verdictsOf } from "../support/conformance-tree.ts";
import { packFolder } from "../support/packs.ts";

const BFLOAT16_SUMS =
  "expects sums that are rounded to bfloat16 after every addition; lanes sum in single precision and round once, nearer to the exact result";

/** What else does not pass through the chip, by name, with the reason. */
const RDU_KNOWN: Readonly<Record<string, string>> = {
  test_attention_3d_causal_bf16: BFLOAT16_SUMS,
  test_attention_3d_causal_bf16_expanded: BFLOAT16_SUMS,
  test_attention_4d_causal_padded_kv_bf16: BFLOAT16_SUMS,
  test_attention_4d_causal_padded_kv_bf16_expanded: BFLOAT16_SUMS,
};

const KNOWN: Readonly<Record<Backend, readonly string[]>> = {
  reference: Object.keys(DISPUTED),
  rdu: [...Object.keys(DISPUTED), ...Object.keys(RDU_KNOWN)],
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
