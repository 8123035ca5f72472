import { didYouMean, Parser, Printer, rejectErrors, writeName } from "@rdu/diagnostics";
import type { Chip, Confidence } from "./chip.ts";
import {
  CONFIDENCES,
  chipOf,
  isParameter,
  PARAMETERS,
  type ParameterPath,
  parameterPaths,
  valuesOf,
} from "./parameter.ts";
import { verifyChip } from "./verify.ts";

/**
 * The .chip form: one parameter a line, its confidence and source behind `//` as data.
 *
 *   chip mini-4x4 {
 *     pcu.systolicRows = 6  // P: DFModel, output-stationary 6 x 32
 *   }
 */
export function printChip(chip: Chip): string {
  const printer = new Printer();
  const values = valuesOf(chip);
  printer.block(`chip ${writeName(chip.name)}`, () => {
    for (const path of parameterPaths()) {
      const source = chip.sources[path];
      printer.line(
        `${path} = ${values[path]}`,
        source === undefined ? undefined : `${source.confidence}: ${source.source}`,
      );
    }
  });
  return printer.toString();
}

/** Reads a .chip text. Rejects with E04xx for syntax, E0502 for a description that is not valid. */
export function parseChip(text: string, file?: string): Chip {
  const parser: Parser = new Parser(text, file);
  parser.expect("chip");
  const name = parser.name("the name of the chip");
  parser.expect("{");
  const values = new Map<ParameterPath, number>();
  const sources: Record<string, { confidence: Confidence; source: string }> = {};
  while (!parser.accept("}")) {
    const token = parser.peek();
    const path = parser.identifier("the name of a parameter");
    if (!isParameter(path)) parser.fail("E0403", path, token, { hint: didYouMean(path, parameterPaths()) });
    if (values.has(path)) parser.fail("E0404", path, token);
    parser.expect("=");
    const place = parser.peek();
    const value = parser.float();
    const { least, most, whole } = PARAMETERS[path];
    if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
      parser.fail("E0405", `${path} must be ${whole ? "a whole number " : ""}from ${least} to ${most}`, place);
    }
    values.set(path, value);
    sources[path] = readSource(parser.comment(token.line));
  }
  const end = parser.peek();
  parser.expectEnd();
  const missing = parameterPaths().filter((path) => !values.has(path));
  if (missing.length > 0) parser.fail("E0502", `missing: ${missing.join(", ")}`, end);
  const chip = chipOf(name, Object.fromEntries(values) as Record<ParameterPath, number>, sources);
  rejectErrors(verifyChip(chip));
  return chip;
}

/** A parameter without a marked source is the author's own: inferred. */
function readSource(comment: string | undefined): { confidence: Confidence; source: string } {
  const match = /^(\w+): (.*)$/.exec(comment ?? "");
  const confidence = match?.[1];
  if (confidence !== undefined && isConfidence(confidence)) return { confidence, source: match?.[2] ?? "" };
  return { confidence: "I", source: comment ?? "not given" };
}

function isConfidence(text: string): text is Confidence {
  return Object.hasOwn(CONFIDENCES, text);
}
