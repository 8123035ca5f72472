export type TokenKind = "identifier" | "value" | "int" | "float" | "string" | "punctuation" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written in the text. */
  readonly text: string;
  /** What it stands for: the name of a value without `%`, the contents of a string; else the same as `text`. */
  readonly value: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** Nothing but white space stands before it on its line. */
  readonly startsLine: boolean;
}

/** How a token is named in an error message. */
export function describeToken({ kind, text }: Token): string {
  return kind === "end" ? "the end of the text" : kind === "string" ? text : `"${text}"`;
}
