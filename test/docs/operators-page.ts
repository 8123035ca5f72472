import { laneOf } from "@rdu/arithmetic";
import { OPERATORS, signatureOf } from "@rdu/ops";
import { type OperatorsTableRow, operatorsTable } from "@rdu/sdk";
import { isDType } from "@rdu/tensor";
import { operatorForms } from "./operator-forms.ts";
import type { Rows } from "./tables.ts";

/** Versions of an operator between which neither types nor place change. */
interface Span {
  readonly from: number;
  readonly to: number | undefined;
  readonly types: readonly string[];
}

/** One row for each operator and span of versions with the same element types. */
export function operatorRows(): Rows {
  const forms = operatorForms();
  return [
    ["operator", "since version", "where", "becomes", "types on the chip", "types on the host", "gradient"],
    ...operatorsTable().flatMap((row) => spansOf(row).map((span, index) => cells(row, span, index === 0, forms))),
  ];
}

function cells(
  row: OperatorsTableRow,
  { from, to, types }: Span,
  first: boolean,
  forms: ReadonlyMap<string, string>,
): string[] {
  const { name, where, reason } = row;
  const chip = where === "chip" ? types.filter((type) => isDType(type) && laneOf(type) !== undefined) : [];
  const becomes = where === "chip" ? (forms.get(name) ?? "") : where === "host" ? (reason ?? "") : "E0301";
  const gradient = OPERATORS.get(name)?.gradient === undefined ? "" : "yes";
  return [
    `\`${name}\``,
    to === undefined || to === from ? String(from) : `${from} to ${to}`,
    where,
    first ? becomes : "the same",
    typesText(chip),
    where === "unsupported" ? "none" : typesText(types.filter((type) => !chip.includes(type))),
    first ? gradient : "",
  ];
}

function spansOf({ name, versions }: OperatorsTableRow): Span[] {
  const spans: Span[] = [];
  for (const version of versions) {
    const types = typesOf(name, version);
    const last = spans.at(-1);
    if (last !== undefined && last.types.join() === types.join()) spans[spans.length - 1] = { ...last, to: version };
    else spans.push({ from: version, to: undefined, types });
  }
  return spans;
}

/** Element types of the first output. */
function typesOf(name: string, version: number): readonly string[] {
  const signature = signatureOf(name, version);
  const parameter = signature?.outputs[0];
  if (signature === undefined || parameter === undefined) return [];
  return signature.types[parameter.type] ?? [parameter.type];
}

/** Sets that many operators share, by a name that the page explains. */
export const TYPE_SETS: Readonly<Record<string, readonly string[]>> = {
  floats: ["bfloat16", "float16", "float32", "float64"],
  integers: ["int16", "int32", "int64", "int8", "uint16", "uint32", "uint64", "uint8"],
  float8: ["float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz"],
  complex: ["complex128", "complex64"],
};

function typesText(types: readonly string[]): string {
  if (types.length === 0) return "none";
  let left = types;
  const words: string[] = [];
  for (const [word, set] of Object.entries(TYPE_SETS)) {
    if (!set.every((type) => left.includes(type))) continue;
    words.push(word);
    left = left.filter((type) => !set.includes(type));
  }
  return [...words, ...left].join(" ");
}
