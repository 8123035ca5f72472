import type { Diagnostic } from "@rdu/diagnostics";
import { type Flow, type SectionNeeds, sectionNeeds, symbolBytes } from "@rdu/flow";
import type { LedgerEntry } from "@rdu/pef";

/** What a compilation did, for people and for `--json`. */
export interface CompileReport {
  readonly passes: readonly PassReport[];
  readonly sections: readonly SectionReport[];
  readonly hostCalls: readonly HostCallReport[];
  /** Bytes of symbols by memory tier, aliases not counted. */
  readonly bytes: { readonly hbm: number; readonly ddr: number; readonly host: number };
  readonly weightBytes: number;
  readonly ledger: readonly LedgerEntry[];
  readonly warnings: readonly Diagnostic[];
}

export interface PassReport {
  readonly name: string;
  readonly milliseconds: number;
  /** Nodes (of a graph) or units (of a flow) afterwards. */
  readonly count: number;
  readonly changed: boolean;
}

export interface SectionReport extends SectionNeeds {
  readonly name: string;
  readonly units: number;
  readonly streams: number;
  /** ONNX nodes whose work it does. */
  readonly origin: readonly string[];
}

export interface HostCallReport {
  readonly name: string;
  readonly reason: string;
  readonly origin: readonly string[];
}

/** Gathers the report from what ran and what it made. */
export function reportOf(
  passes: readonly PassReport[],
  findings: { readonly ledger: readonly LedgerEntry[]; readonly warnings: readonly Diagnostic[] },
  flow: Flow | undefined,
): CompileReport {
  const bytes = { hbm: 0, ddr: 0, host: 0 };
  let weightBytes = 0;
  for (const symbol of flow?.symbols ?? []) {
    if (symbol.alias !== undefined) continue;
    const length = symbolBytes(symbol);
    bytes[symbol.tier ?? "hbm"] += length;
    if (symbol.role === "weight") weightBytes += length;
  }
  return {
    passes: [...passes],
    sections: (flow?.sections ?? []).map((section) => ({
      ...sectionNeeds(section),
      name: section.name,
      units: section.units.length,
      streams: section.streams.length,
      origin: [...new Set(section.units.flatMap(({ origin }) => origin))],
    })),
    hostCalls: (flow?.schedule ?? []).flatMap((call) =>
      call.kind === "host" ? [{ name: call.name, reason: call.reason, origin: call.origin }] : [],
    ),
    bytes,
    weightBytes,
    ledger: findings.ledger,
    warnings: findings.warnings,
  };
}
