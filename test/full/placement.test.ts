import { readFileSync } from "node:fs";
import { join } from "node:path";
import { presetChip } from "@rdu/chip";
import { compileModel } from "@rdu/compiler";
import { InvariantError, reject } from "@rdu/diagnostics";
import { describe, expect, test } from "vitest";
import { modelsUnder } from "../support/import-check.ts";
import { packFolder } from "../support/packs.ts";

/** What becomes of a model compiled for a chip: "placed", "refused" by any other stage, or what the checker says. */
function outcome(path: string, chip: string): string {
  const bytes = readFileSync(path);
  const environment = {
    version: "0.0.0",
    readExternal: () => reject("E0103", "no case has files beside it"),
  };
  try {
    compileModel({ kind: "onnx", bytes }, { chip: presetChip(chip) }, environment, "placed");
    return "placed";
  } catch (error) {
    if (error instanceof InvariantError && error.message.includes("E0603")) return error.message;
    return "refused";
  }
}

describe.each(["sn40l", "mini-8x8", "mini-4x4"])("the checker accepts what is placed on %s", (chip) => {
  const folder = packFolder("conformance");
  test.skipIf(folder === undefined)("of every conformance case", () => {
    const outcomes = modelsUnder(folder ?? "").map((path) => [path, outcome(join(folder ?? "", path), chip)] as const);
    expect(outcomes.filter(([, found]) => found !== "placed" && found !== "refused")).toEqual([]);
    expect(outcomes.filter(([, found]) => found === "placed").length).toBeGreaterThan(outcomes.length / 2);
  });
});
