import { siteText } from "@rdu/chip";
import { didYouMean, reject } from "@rdu/diagnostics";
import type { LedgerEntry, Pef } from "@rdu/pef";

/** What became of an ONNX node, a section or a unit of a program, and what was decided about it. */
export interface Explanation {
  /** Names that the question matched. */
  readonly names: readonly string[];
  readonly units: readonly ExplainedUnit[];
  readonly hostCalls: readonly { readonly name: string; readonly reason: string; readonly origin: readonly string[] }[];
  readonly decisions: readonly LedgerEntry[];
}

export interface ExplainedUnit {
  readonly section: string;
  readonly unit: string;
  readonly kind: string;
  readonly sites: readonly string[];
  readonly origin: readonly string[];
}

/**
 * Explains what a PEF holds of an ONNX node, a section or a unit, by its name; a part of the name of a node will do. Rejects with E0902 what
 * is in no part of it.
 */
export function explain({ flow, placement, ledger }: Pef, what: string): Explanation {
  const hosts = flow.schedule.flatMap((call) => (call.kind === "host" ? [call] : []));
  const units = flow.sections.flatMap((section) => section.units.map((unit) => ({ section: section.name, unit })));
  const nodes = new Set([
    ...units.flatMap(({ unit }) => unit.origin),
    ...hosts.flatMap(({ origin }) => origin),
    ...ledger.flatMap((entry) => entry.nodes),
  ]);
  const places = [...flow.sections.map(({ name }) => name), ...units.map(({ unit }) => unit.name)];
  const named = nodes.has(what) || places.includes(what);
  const names = named ? [what] : [...nodes].filter((node) => node.includes(what));
  if (names.length === 0)
    reject("E0902", `${what} is no node, section or unit of this program`, {
      hint: didYouMean(what, [...nodes, ...places]),
    });
  const concerns = (origin: readonly string[]): boolean => origin.some((node) => names.includes(node));
  const found = units.filter(
    ({ section, unit }) => concerns(unit.origin) || names.includes(section) || names.includes(unit.name),
  );
  const sites = new Map(placement.sections.map((placed) => [placed.section, placed.sites]));
  const about = new Set([
    ...names,
    ...(named && places.includes(what) ? found.flatMap(({ unit }) => unit.origin) : []),
  ]);
  return {
    names,
    units: found.map(({ section, unit }) => ({
      section,
      unit: unit.name,
      kind: unit.kind,
      sites: (sites.get(section)?.get(unit.name) ?? []).map(siteText),
      origin: unit.origin,
    })),
    hostCalls: hosts
      .filter(({ name, origin }) => names.includes(name) || concerns(origin))
      .map(({ name, reason, origin }) => ({ name, reason, origin })),
    decisions: ledger.filter((entry) => entry.nodes.some((node) => about.has(node))),
  };
}
