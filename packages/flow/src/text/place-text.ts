import { type Site, sameSite, siteText } from "@rdu/chip";
import { Parser, Printer, writeName } from "@rdu/diagnostics";
import type { Hop, Placement, Route, SectionPlacement } from "../placement.ts";

/**
 * The .place form. Sites are tile:row:column; a route is written as chains of switches.
 *
 *   placement on mini-4x4 seed 1 {
 *     section s0 {
 *       unit x.load @ 0:1:4
 *       route x: 0:1:4 > 0:1:3 > 0:1:2, 0:1:3 > 0:2:3
 *     }
 *   }
 */
export function printPlacement({ chip, seed, sections }: Placement): string {
  const printer = new Printer();
  printer.block(`placement on ${writeName(chip)} seed ${seed}`, () => {
    for (const { section, sites, routes } of sections) {
      printer.block(`section ${writeName(section)}`, () => {
        for (const [unit, places] of sites)
          printer.line(`unit ${writeName(unit)} @ ${places.map(siteText).join(", ")}`);
        for (const [stream, route] of routes) printer.line(`route ${writeName(stream)}:${chainsText(route)}`);
      });
    }
  });
  return printer.toString();
}

function chainsText({ hops }: Route): string {
  let text = "";
  hops.forEach(({ from, to }, index) => {
    const before = hops[index - 1];
    if (before === undefined) text += ` ${siteText(from)}`;
    else if (!sameSite(before.to, from)) text += `, ${siteText(from)}`;
    text += ` > ${siteText(to)}`;
  });
  return text;
}

/** Reads a .place text. Rejects with E04xx; the checker says whether the placement is legal. */
export function parsePlacement(text: string, file?: string): Placement {
  const parser: Parser = new Parser(text, file);
  parser.expect("placement");
  parser.expect("on");
  const chip = parser.name("the name of a chip");
  parser.expect("seed");
  const seed = parser.int("a seed");
  parser.expect("{");
  const sections: SectionPlacement[] = [];
  while (parser.accept("section")) {
    const section = parser.name("the name of a section");
    parser.expect("{");
    const sites = new Map<string, readonly Site[]>();
    const routes = new Map<string, Route>();
    while (parser.accept("unit")) {
      const place = parser.peek();
      const unit = parser.name("the name of a unit");
      if (sites.has(unit)) parser.fail("E0404", unit, place);
      parser.expect("@");
      const places = [parseSite(parser)];
      while (parser.accept(",")) places.push(parseSite(parser));
      sites.set(unit, places);
    }
    while (parser.accept("route")) {
      const place = parser.peek();
      const stream = parser.name("the name of a stream");
      if (routes.has(stream)) parser.fail("E0404", stream, place);
      parser.expect(":");
      routes.set(stream, { hops: parseChains(parser) });
    }
    parser.expect("}");
    sections.push({ section, sites, routes });
  }
  parser.expect("}");
  parser.expectEnd();
  return { chip, seed, sections };
}

function parseChains(parser: Parser): Hop[] {
  const hops: Hop[] = [];
  if (parser.peek().kind !== "int") return hops;
  do {
    let from = parseSite(parser);
    parser.expect(">");
    do {
      const to = parseSite(parser);
      hops.push({ from, to });
      from = to;
    } while (parser.accept(">"));
  } while (parser.accept(","));
  return hops;
}

function parseSite(parser: Parser): Site {
  const tile = parser.int("a tile", 0);
  parser.expect(":");
  const row = parser.int("a row", 0);
  parser.expect(":");
  return { tile, row, column: parser.int("a column", 0) };
}
