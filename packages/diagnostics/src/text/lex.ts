import { reject } from "../compile-error.ts";
import type { SourceExcerpt } from "../diagnostic.ts";
import type { Token, TokenKind } from "./token.ts";

export interface LexedText {
  /** The last one is of kind `end`. */
  readonly tokens: readonly Token[];
  /** By 1-based line: the text after `//`, trimmed. In some levels it is data (`// at a, b`). */
  readonly comments: ReadonlyMap<number, string>;
  readonly lines: readonly string[];
}

/**
 * The tokens shared by all text forms, in the order they are tried:
 *
 * - white space; `//` to the end of the line is a comment
 * - value: `%` then a plain name, which here may start with a digit, or a string: `%x`, `%12`, `%/fc1/MatMul`, `%"a b"`
 * - string: as in JSON
 * - identifier: a letter, `_`, or `/` before a letter, digit or `_`; then letters, digits, `_ . / -`, and `:` when a
 *   digit follows it. It never holds `//`, and its `-` is never the one of `->`. Other names are written as strings.
 * - number: digits with optional fraction and exponent, a float when it has either. The sign is a token of its own.
 * - punctuation: `->`, `=>`, `==`, `<=`, `>=`, `!=`, `..`, or one character
 */
const NAME_PART = "(?:[A-Za-z0-9_.]|:(?=[0-9])|-(?!>)|/(?!/))";
const SPACE = /[ \t\r\n]+/y;
const COMMENT = /\/\/([^\n]*)/y;
const VALUE = new RegExp(`%${NAME_PART}+`, "y");
const QUOTED = /%?"(?:[^"\\\n]|\\[^\n])*"/y;
const IDENTIFIER = new RegExp(`(?:[A-Za-z_]|/(?=[A-Za-z0-9_]))${NAME_PART}*`, "y");
const NUMBER = /[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PUNCTUATION = /->|=>|==|<=|>=|!=|\.\.|[-()[\]{}<>,:;=+*/%.@|&!?#~^$]/y;

/** Cuts a text into tokens. Rejects with E0402 or E0406 at the first thing that is none. */
export function lex(text: string, file?: string): LexedText {
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  const tokens: Token[] = [];
  const comments = new Map<number, string>();
  let offset = 0;
  let line = 1;
  let lineStart = 0;
  let startsLine = true;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: TokenKind, found: string, value: string): void => {
    tokens.push({ kind, text: found, value, line, column: offset - lineStart + 1, startsLine });
    startsLine = false;
    offset += found.length;
  };

  while (offset < text.length) {
    const space = match(SPACE);
    if (space !== undefined) {
      for (let at = space.indexOf("\n"); at >= 0; at = space.indexOf("\n", at + 1)) {
        line += 1;
        lineStart = offset + at + 1;
        startsLine = true;
      }
      offset += space.length;
      continue;
    }
    const comment = match(COMMENT);
    if (comment !== undefined) {
      comments.set(line, comment.slice(2).trim());
      offset += comment.length;
      continue;
    }
    const quoted = match(QUOTED);
    if (quoted !== undefined) {
      const isValue = quoted.startsWith("%");
      const contents = unquote(isValue ? quoted.slice(1) : quoted);
      if (contents === undefined) {
        fail("E0406", "string holds an escape or control character that JSON does not allow", quoted.length);
      }
      push(isValue ? "value" : "string", quoted, contents);
      continue;
    }
    const value = match(VALUE);
    if (value !== undefined) {
      push("value", value, value.slice(1));
      continue;
    }
    const identifier = match(IDENTIFIER);
    if (identifier !== undefined) {
      push("identifier", identifier, identifier);
      continue;
    }
    const number = match(NUMBER);
    if (number !== undefined) {
      push(/^[0-9]+$/.test(number) ? "int" : "float", number, number);
      continue;
    }
    const punctuation = match(PUNCTUATION);
    if (punctuation !== undefined) {
      push("punctuation", punctuation, punctuation);
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
    if (character === '"') fail("E0402", "", (lines[line - 1]?.length ?? 0) - (offset - lineStart));
    fail("E0406", JSON.stringify(character), 1);
  }
  tokens.push({ kind: "end", text: "", value: "", line, column: offset - lineStart + 1, startsLine });
  return { tokens, comments, lines };

  function fail(code: "E0402" | "E0406", message: string, length: number): never {
    const source: SourceExcerpt = {
      text: lines[line - 1] ?? "",
      line,
      spans: [{ column: offset - lineStart + 1, length }],
    };
    reject(code, message, { at: file === undefined ? [] : [file], source });
  }
}

function unquote(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
