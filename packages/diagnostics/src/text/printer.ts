/** Collects lines of an indented text form, two spaces a level. */
export class Printer {
  readonly #lines: string[] = [];
  #depth = 0;

  /** One line; `comment` is set behind it after `//`. Empty text gives an empty line. */
  line(text = "", comment?: string): this {
    const indented = text === "" ? "" : "  ".repeat(this.#depth) + text;
    const spaced = indented === "" ? "// " : `${indented}  // `;
    this.#lines.push(comment === undefined || comment === "" ? indented : spaced + comment);
    return this;
  }

  /** `head {`, the lines of `body` one level deeper, `}`. */
  block(head: string, body: () => void, comment?: string): this {
    this.line(`${head} {`, comment);
    this.#depth += 1;
    body();
    this.#depth -= 1;
    return this.line("}");
  }

  /** The text, ending in a newline unless empty. */
  toString(): string {
    return this.#lines.length === 0 ? "" : `${this.#lines.join("\n")}\n`;
  }
}
