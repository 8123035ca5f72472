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

function table([heading = [], ...rows]: Rows): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(heading) + line(heading.map(() => "---")) + rows.map(line).join("");
}
