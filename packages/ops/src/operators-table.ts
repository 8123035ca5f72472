import { OPERATORS } from "./registry.ts";
import { signatureNames, signatureOf, versionsOf } from "./signatures/signature.ts";

export interface OperatorsTableRow {
  readonly name: string;
  readonly summary: string;
  readonly versions: readonly number[];
  /** Element types (and sequences, optionals) that the newest version's first output may have. */
  readonly types: readonly string[];
  /** "chip" when a decomposition exists, "host" with a reason, "unsupported" when it has no meaning here at all. */
  readonly where: "chip" | "host" | "unsupported";
  readonly reason?: string;
}

/** One row for each operator that the standard (or a domain we know) names: what `rdu ops` and docs/operators.md show. */
export function operatorsTable(): readonly OperatorsTableRow[] {
  return signatureNames().map((name) => {
    const versions = versionsOf(name);
    const signature = signatureOf(name, versions.at(-1) ?? 0);
    const parameter = signature?.outputs[0];
    const types = parameter === undefined ? [] : (signature?.types[parameter.type] ?? [parameter.type]);
    const row = OPERATORS.get(name);
    if (row === undefined) return { name, summary: "", versions, types, where: "unsupported" };
    const known = { name, summary: row.summary, versions, types };
    if (row.decompose !== undefined) return { ...known, where: "chip" };
    return { ...known, where: "host", reason: row.host ?? "no form on the chip yet" };
  });
}
