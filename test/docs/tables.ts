/** A table as rows of cells, the heading first. */
export type Rows = readonly (readonly string[])[];

/** The page with the lines between `<!-- table: NAME -->` and `<!-- end -->` replaced by the tables of those names. */
export function withTables(page: string, tables: Readonly<Record<string, Rows>>): string {
  let text = page;
  for (const [name, rows] of Object.entries(tables)) {
    const opening = `<!-- table: ${name} -->`;
    const from = text.indexOf(opening);
    const to = text.indexOf("<!-- end -->", from);
    if (from < 0 || to < 0) throw new Error(`the page has no place for the table "${name}"`);
    text = `${text.slice(0, from + opening.length)}\n${table(rows)}${text.slice(to)}`;
  }
  return text;
}

/** The page with what stands between `<!-- text: NAME -->` and `<!-- end -->` replaced by the texts of those names, as code. */
export function withTexts(page: string, texts: Readonly<Record<string, string>>): string {
  let written = page;
  for (const [name, text] of Object.entries(texts)) {
    const opening = `<!-- text: ${name} -->`;
    const from = written.indexOf(opening);
    const to = written.indexOf("<!-- end -->", from);
    if (from < 0 || to < 0) throw new Error(`the page has no place for the text "${name}"`);
    written = `${written.slice(0, from + opening.length)}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n\n${written.slice(to)}`;
  }
  return written;
}

export function table([heading = [], ...rows]: Rows): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(heading) + line(heading.map(() => "---")) + rows.map(line).join("");
}
