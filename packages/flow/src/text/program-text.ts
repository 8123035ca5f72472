import { type Parser, writeFloat } from "@rdu/diagnostics";
import type { AddressProgram, Affine, Counter, Domain, Guard, TileMap } from "../flow.ts";

/**
 * Counter chains and address programs in text:
 *
 *   for 8, 4 | 784 by 16 vector 16, 12 at 3 + 784*c0 + 1*lane where 2*c1 - 1 < 28 fill 0.0 index stride 64 bound 30522 clip
 *
 * Counters are `extent [by step] [within counter]`, those before `|` count tiles, the vector counter has `vector lanes`. Without one, the
 * lanes stand at the end as `scalar lanes`.
 */
export function printDomain({ counters, tileDepth, vector, lanes }: Domain): string {
  const parts = counters.map(({ extent, step, within }, index) => {
    const by = step === 1 ? "" : ` by ${step}`;
    const block = within === undefined ? "" : ` within c${within}`;
    return `${extent}${by}${block}${index === vector ? ` vector ${lanes}` : ""}`;
  });
  const tiles = parts.slice(0, tileDepth).join(", ");
  const inner = parts.slice(tileDepth).join(", ");
  const scalar = vector === -1 ? ` scalar ${lanes}` : "";
  return `for ${tiles}${tiles === "" ? "" : " "}|${inner === "" ? "" : " "}${inner}${scalar}`;
}

export function parseDomain(parser: Parser): Domain {
  parser.expect("for");
  const counters: Counter[] = [];
  let vector = -1;
  let lanes = 1;
  const counter = (): void => {
    const extent = parser.int("an extent", 0);
    const step = parser.accept("by") ? parser.int("a step", 1) : 1;
    const within = parser.accept("within") ? parseCounter(parser) : undefined;
    if (vector === -1 && parser.accept("vector")) {
      vector = counters.length;
      lanes = parser.int("lanes", 1);
    }
    counters.push({ extent, step, ...(within === undefined ? {} : { within }) });
  };
  const group = (): void => {
    if (parser.peek().kind !== "int") return;
    do counter();
    while (parser.accept(","));
  };
  group();
  const tileDepth = counters.length;
  parser.expect("|");
  group();
  if (vector === -1) {
    parser.expect("scalar");
    lanes = parser.int("lanes", 1);
  }
  return { counters, tileDepth, vector, lanes };
}

export function printAffine({ base, strides, laneStride }: Affine): string {
  const terms: [number, string][] = strides.map((stride, index) => [stride, `*c${index}`]);
  terms.push([laneStride, "*lane"]);
  let text = `${base}`;
  for (const [factor, name] of terms) {
    if (factor !== 0) text += factor < 0 ? ` - ${-factor}${name}` : ` + ${factor}${name}`;
  }
  return text;
}

/** `counters`: how many strides the form has. */
export function parseAffine(parser: Parser, counters: number): Affine {
  const base = parser.int("a base");
  const strides = new Array<number>(counters).fill(0);
  let laneStride = 0;
  for (;;) {
    const sign = parser.accept("+") ? 1 : parser.accept("-") ? -1 : 0;
    if (sign === 0) return { base, strides, laneStride };
    const factor = sign * parser.int("a stride", 0);
    parser.expect("*");
    if (parser.accept("lane")) {
      laneStride = factor;
      continue;
    }
    const place = parser.peek();
    const index = parseCounter(parser);
    if (index >= counters) parser.fail("E0403", `c${index}: there are ${counters} counters`, place);
    strides[index] = factor;
  }
}

/** `c3`; gives 3. */
export function parseCounter(parser: Parser): number {
  const place = parser.peek();
  const name = parser.identifier("a counter");
  if (!/^c[0-9]{1,3}$/.test(name)) parser.fail("E0401", `expected a counter such as c0, found "${name}"`, place);
  return Number(name.slice(1));
}

export function printProgram(program: AddressProgram): string {
  const { domain, address, guards, fill, index } = program;
  const parts = [printDomain(domain), `at ${printAffine(address)}`];
  if (guards.length > 0) {
    parts.push(`where ${guards.map(({ form, bound }) => `${printAffine(form)} < ${bound}`).join(", ")}`);
  }
  parts.push(`fill ${printElement(fill)}`);
  if (index !== undefined) {
    const flags = `${index.perLane ? " each lane" : ""}${index.clip ? " clip" : ""}`;
    parts.push(`index stride ${index.stride} bound ${index.bound}${flags}`);
  }
  return parts.join(" ");
}

export function parseProgram(parser: Parser): AddressProgram {
  const domain = parseDomain(parser);
  const counters = domain.counters.length;
  parser.expect("at");
  const address = parseAffine(parser, counters);
  const guards: Guard[] = [];
  if (parser.accept("where")) {
    do {
      const form = parseAffine(parser, counters);
      parser.expect("<");
      guards.push({ form, bound: parser.int("a bound") });
    } while (parser.accept(","));
  }
  parser.expect("fill");
  const fill = parseElement(parser);
  if (!parser.accept("index")) return { domain, address, guards, fill };
  parser.expect("stride");
  const stride = parser.int("a stride");
  parser.expect("bound");
  const bound = parser.int("a bound");
  const perLane = parser.accept("each");
  if (perLane) parser.expect("lane");
  return { domain, address, guards, fill, index: { stride, bound, perLane, clip: parser.accept("clip") } };
}

/** A number with a fraction or exponent is a number, without one a bigint. */
export function printElement(value: number | bigint): string {
  return typeof value === "bigint" ? `${value}` : writeFloat(value);
}

export function parseElement(parser: Parser): number | bigint {
  const digits = parser.peek(parser.peek().text === "-" ? 1 : 0);
  return digits.kind === "int" ? parser.bigint() : parser.float();
}

/** period, quantum, scale, divisor, offset and, when there is one, delay. */
export function printTileMap({ period, quantum, scale, divisor, offset, delay }: TileMap): string {
  return `(${period}, ${quantum}, ${scale}, ${divisor}, ${offset}${delay === undefined ? "" : `, ${delay}`})`;
}

export function parseTileMap(parser: Parser): TileMap {
  const number = (what: string): number => parser.int(what);
  parser.expect("(");
  const period = number("a period");
  parser.expect(",");
  const quantum = number("a quantum");
  parser.expect(",");
  const scale = number("a scale");
  parser.expect(",");
  const divisor = number("a divisor");
  parser.expect(",");
  const offset = number("an offset");
  const delay = parser.accept(",") ? number("a delay") : undefined;
  parser.expect(")");
  return { period, quantum, scale, divisor, offset, ...(delay === undefined ? {} : { delay }) };
}
