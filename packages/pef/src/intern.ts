import { invariant } from "@rdu/diagnostics";
import type { rdu } from "./generated/pef.js";
import { RowWriter } from "./rows.ts";

/** The tables that the messages of a directory refer into, filled while they are written. */
export class Tables {
  readonly rows = new RowWriter();
  readonly strings: string[] = [""];
  readonly literals: rdu.pef.Literal.$Properties[] = [];
  readonly immediates: rdu.pef.Immediate.$Properties[] = [];
  readonly origins: rdu.pef.Names.$Properties[] = [];
  readonly bodies: rdu.pef.Body.$Properties[] = [];
  readonly #ids = new Map<string, number>([["string:", 0]]);

  string(text: string): number {
    return this.#id(`string:${text}`, this.strings, () => text);
  }

  literal(value: number | bigint): number {
    if (typeof value === "bigint") {
      return this.#id(`literal:${value}n`, this.literals, () => ({ integer: value.toString() }));
    }
    return this.#id(`literal:${Object.is(value, -0) ? "-0" : value}`, this.literals, () => ({ number: value }));
  }

  /** 1 + literal id, 0 for an absent value. */
  optionalLiteral(value: number | bigint | undefined): number {
    return value === undefined ? 0 : 1 + this.literal(value);
  }

  immediate(type: string, value: number | bigint): number {
    const literal = this.literal(value);
    return this.#id(`immediate:${type}:${literal}`, this.immediates, () => ({ type: this.string(type), literal }));
  }

  origin(nodes: readonly string[]): number {
    return this.#id(`origin:${JSON.stringify(nodes)}`, this.origins, () => ({
      strings: nodes.map((node) => this.string(node)),
    }));
  }

  body(body: rdu.pef.Body.$Properties): number {
    return this.#id(`body:${JSON.stringify(body)}`, this.bodies, () => body);
  }

  #id<Entry>(key: string, table: Entry[], make: () => Entry): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const entry = make();
    const id = table.push(entry) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

/** Index of each name, which must be distinct. */
export function indexByName(named: readonly { readonly name: string }[], what: string): ReadonlyMap<string, number> {
  const index = new Map(named.map(({ name }, position) => [name, position]));
  invariant(index.size === named.length, `${what} names repeat`);
  return index;
}

export function indexOf(index: ReadonlyMap<string, number>, name: string, what: string): number {
  const found = index.get(name);
  invariant(found !== undefined, () => `${what} ${name} does not exist`);
  return found;
}
