import { type Chip, type Confidence, chipOf, parameterPaths, valuesOf, verifyChip } from "@rdu/chip";
import { invariant } from "@rdu/diagnostics";
import { invalid } from "./decode-tables.ts";
import type { rdu } from "./generated/pef.js";

export function encodeChip(chip: Chip): rdu.pef.Chip.$Properties {
  const values = valuesOf(chip);
  return {
    name: chip.name,
    parameters: parameterPaths().map((path) => {
      const source = chip.sources[path];
      invariant(source !== undefined, () => `chip ${chip.name} has no source for ${path}`);
      return { path, value: values[path], confidence: source.confidence, source: source.source };
    }),
  };
}

/** The chip description of a file, verified; E0705 when it is not a good one. */
export function decodeChip(message: rdu.pef.Chip.$Properties | null | undefined): Chip {
  const { name, parameters } = message ?? {};
  const given = new Map((parameters ?? []).map((parameter) => [parameter.path ?? "", parameter]));
  // A parameter that the file lacks becomes NaN, which the verifier refuses.
  const values = Object.fromEntries(
    parameterPaths().map((path) => [path, given.has(path) ? (given.get(path)?.value ?? 0) : Number.NaN]),
  );
  const sources = Object.fromEntries(
    parameterPaths().map((path) => {
      const { confidence, source } = given.get(path) ?? {};
      return [path, { confidence: (confidence ?? "") as Confidence, source: source ?? "" }];
    }),
  );
  const chip = chipOf(name ?? "", values as ReturnType<typeof valuesOf>, sources);
  const [wrong] = verifyChip(chip);
  if (wrong !== undefined) invalid(`the chip description: ${wrong.at.join(" > ")} ${wrong.message}`);
  return chip;
}
