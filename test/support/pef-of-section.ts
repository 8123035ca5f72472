import { DEFAULT_CHIP } from "@rdu/chip";
import type { Flow } from "@rdu/flow";
import type { Pef } from "@rdu/pef";
import { place } from "@rdu/placement";
import type { SectionCase } from "./section-builder.ts";

/** A placed program of one section, with its inputs and outputs under the names of its symbols. */
export function pefOfSection({ section, symbols }: SectionCase): Pef {
  const flow: Flow = {
    name: "case",
    symbols: [...symbols.values()],
    sections: [section],
    schedule: [{ kind: "section", section: section.name }],
  };
  const placed = place(flow, DEFAULT_CHIP, { seed: 0 });
  const bind = (role: "input" | "output") =>
    flow.symbols.filter((symbol) => symbol.role === role).map(({ name }) => ({ name, symbol: name }));
  return {
    chip: DEFAULT_CHIP,
    flow: placed.flow,
    placement: placed.placement,
    inputs: bind("input"),
    outputs: bind("output"),
    provenance: { tool: "rdu", version: "0", source: "case", sourceDigest: "", options: {}, levels: [] },
    ledger: [],
  };
}
