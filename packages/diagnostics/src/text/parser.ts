import type { DiagnosticCode } from "../codes.ts";
import { reject } from "../compile-error.ts";
import type { DiagnosticDetails, SourceExcerpt } from "../diagnostic.ts";
import { invariant } from "../invariant.ts";
import { alternatives } from "../wording.ts";
import { type LexedText, lex } from "./lex.ts";
import { describeToken, type Token } from "./token.ts";

/**
 * Reads a text form token by token. Every question asked in vain at the same token (`is`, `accept`, `optional…`) is
 * remembered, so that the syntax error of the next `expect…` lists all that could have stood there.
 *
 * Rejects with a CompileError: E0401 for syntax, E0405 for a number that does not fit, and what `lex` rejects.
 */
export class Parser {
  readonly file: string | undefined;
  readonly #lexed: LexedText;
  #position = 0;
  #askedInVain: string[] = [];

  constructor(text: string, file?: string) {
    this.file = file;
    this.#lexed = lex(text, file);
  }

  peek(ahead = 0): Token {
    const { tokens } = this.#lexed;
    const token = tokens[Math.min(this.#position + ahead, tokens.length - 1)];
    invariant(token !== undefined, "the token list ends in an end token");
    return token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#position += 1;
    this.#askedInVain = [];
    return token;
  }

  atEnd(): boolean {
    return this.peek().kind === "end";
  }

  /** Whether the next token is this punctuation or this word, unquoted. */
  is(text: string): boolean {
    const { kind, text: found } = this.peek();
    if (found === text && (kind === "punctuation" || kind === "identifier")) return true;
    this.#askedInVain.push(`"${text}"`);
    return false;
  }

  /** Takes this punctuation or word when it is next. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.next();
    return true;
  }

  expect(text: string): Token {
    if (!this.is(text)) this.unexpected();
    return this.next();
  }

  expectEnd(): void {
    if (!this.atEnd()) this.unexpected("the end of the text");
  }

  /** An unquoted word. */
  identifier(what = "a word"): string {
    return this.#take("identifier", what).value;
  }

  /** A name, quoted or not. */
  name(what = "a name"): string {
    if (this.peek().kind === "string") return this.next().value;
    return this.#take("identifier", what).value;
  }

  /** `%name`; gives the name without `%`. */
  valueName(what = "a %value"): string {
    return this.#take("value", what).value;
  }

  string(what = "a string"): string {
    return this.#take("string", what).value;
  }

  /** An integer with optional sign, of any size. */
  bigint(what = "an integer"): bigint {
    const negative = this.accept("-");
    const magnitude = BigInt(this.#take("int", what).value);
    return negative ? -magnitude : magnitude;
  }

  /** An integer that a double holds exactly, within optional bounds (inclusive). */
  int(what = "an integer", least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): number {
    const first = this.peek();
    const value = this.bigint(what);
    if (value < BigInt(least) || value > BigInt(most)) {
      this.fail("E0405", `${what} must be from ${least} to ${most}, found ${value}`, first);
    }
    return Number(value);
  }

  /** Whether a number may start here: digits, a sign, `inf` or `nan`. */
  isNumber(): boolean {
    const { kind, text } = this.peek(this.peek().text === "-" ? 1 : 0);
    return kind === "int" || kind === "float" || (kind === "identifier" && (text === "inf" || text === "nan"));
  }

  /** A number with optional sign, written as an integer, a decimal, `inf` or `nan`. */
  float(what = "a number"): number {
    const negative = this.accept("-");
    const { kind } = this.peek();
    let magnitude: number;
    if (this.accept("inf")) magnitude = Number.POSITIVE_INFINITY;
    else if (this.accept("nan")) magnitude = Number.NaN;
    else magnitude = Number(this.#take(kind === "int" ? "int" : "float", what).value);
    return negative ? -magnitude : magnitude;
  }

  /** `open item, item close`, possibly empty. Takes both brackets. */
  list<Item>(open: string, close: string, item: () => Item): Item[] {
    this.expect(open);
    const items: Item[] = [];
    if (this.accept(close)) return items;
    do items.push(item());
    while (this.accept(","));
    this.expect(close);
    return items;
  }

  /** The comment that ends the line of the token last taken (or of `line`), without `//`. */
  comment(line = this.#lexed.tokens[this.#position - 1]?.line ?? 1): string | undefined {
    return this.#lexed.comments.get(line);
  }

  /** The line of a token with the token marked, for a diagnostic. */
  excerpt({ line, column, text }: Token): SourceExcerpt {
    const source = this.#lexed.lines[line - 1] ?? "";
    return { text: source, line, spans: [{ column, length: Math.max(1, text.length) }] };
  }

  /** Rejects at a token, by default the next one. */
  fail(code: DiagnosticCode, message: string, token = this.peek(), details: DiagnosticDetails = {}): never {
    const at = [...(this.file === undefined ? [] : [this.file]), ...(details.at ?? [])];
    reject(code, message, { ...details, at, source: this.excerpt(token) });
  }

  /** Rejects the next token: lists what was asked for at this place and, last, `what`. */
  unexpected(what?: string): never {
    const asked = what === undefined ? this.#askedInVain : [...this.#askedInVain, what];
    this.fail("E0401", `expected ${alternatives([...new Set(asked)], 12)}, found ${describeToken(this.peek())}`);
  }

  #take(kind: Token["kind"], what: string): Token {
    if (this.peek().kind !== kind) this.unexpected(what);
    return this.next();
  }
}
