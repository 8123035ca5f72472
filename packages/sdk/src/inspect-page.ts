import { basename, extname } from "node:path";
import type { CompileOptions, LevelName } from "@rdu/compiler";
import { invariant } from "@rdu/diagnostics";
import { decode, joined, type Pef } from "@rdu/pef";
import { graphView, programView, renderPage } from "@rdu/viewer";
import { readFile } from "./files.ts";
import { compileFile } from "./level-files.ts";
import { noSection, sectionOf } from "./section-of.ts";
import { timingOf } from "./timing.ts";

export interface PageOptions {
  readonly level?: LevelName;
  readonly section?: string;
  readonly compile?: CompileOptions;
}

/** Any level of any file as a page to be opened in a browser. */
export function inspectAsPage(path: string, { level, section, compile }: PageOptions): string {
  const title = basename(path);
  if (extname(path) === ".pef")
    return pageOf(decode(readFile(path)), title, level === "flow" ? "flow" : "PEF", section);
  const own = { ".flow": "flow", ".place": "placed" } as const;
  const to = level ?? own[extname(path) as keyof typeof own] ?? "graph";
  const made = compileFile(path, compile, {}, { to: to === "placed" ? "pef" : to });
  if (to === "pef" || to === "placed")
    return pageOf(decode(joined(made.bytes ?? [])), title, to === "pef" ? "PEF" : "placed flow", section);
  if (to === "flow") {
    const { flow } = made;
    invariant(flow !== undefined, "the compilation made no flow");
    return renderPage(programView({ title, kind: "flow", flow: only(flow, section), ledger: made.report.ledger }));
  }
  const { graph } = made;
  invariant(graph !== undefined, () => `the compilation made no ${to}`);
  const shown = section === undefined ? graph : sectionOf(graph, section);
  return renderPage({ ...graphView(shown, title, to), ledger: made.report.ledger });
}

/** A PEF as a page: units, places, routes, cycles, memory, the ledger of fusion, where it came from. */
export function programPage(pef: Pef, title: string): string {
  return pageOf(pef, title, "PEF", undefined);
}

function pageOf(pef: Pef, title: string, kind: string, section: string | undefined): string {
  const { chip, placement, ledger, provenance } = pef;
  const flow = only(pef.flow, section);
  const plain = kind === "flow";
  const timing = timingOf(pef).sections.map((each) => each.timing);
  return renderPage(
    programView({
      title,
      kind,
      flow,
      ...(plain ? {} : { chip, placement, timing }),
      ledger,
      provenance: [
        ["tool", `${provenance.tool} ${provenance.version}`],
        ["source", provenance.source],
        ["sha-256 of the source", provenance.sourceDigest],
        ...Object.entries(provenance.options)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => [`option ${name}`, value] as const),
        ...provenance.levels.map(({ level, digest }) => [`sha-256 of the ${level}`, digest] as const),
      ],
    }),
  );
}

function only<Shown extends Pef["flow"]>(flow: Shown, section: string | undefined): Shown {
  if (section === undefined) return flow;
  const sections = flow.sections.filter(({ name }) => name === section);
  if (sections.length === 0)
    noSection(
      section,
      flow.sections.map(({ name }) => name),
    );
  return { ...flow, sections };
}
