/** 1234567 as 1,234,567. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${BYTE_UNITS[unit]}`;
}

/** Three significant digits, as 12.3, 0.00123 or 1.2e-7. */
export function number(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1000 ? grouped(value) : size >= 1e-3 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

export function seconds(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`
    : `${(milliseconds / 1000).toFixed(2)} s`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Names in one line of bounded length. */
export function names(all: readonly string[], most = 3): string {
  return all.length <= most ? all.join(", ") : `${all.slice(0, most).join(", ")} and ${all.length - most} more`;
}

/** A name of at most `most` characters: of a longer one the ends, which tell exported names apart. */
export function shortened(name: string, most = 40): string {
  if (name.length <= most) return name;
  const front = Math.floor((most - 3) / 3);
  return `${name.slice(0, front)}...${name.slice(name.length - (most - 3 - front))}`;
}

/** Rows in columns, numbers (columns named in `right`) to the right; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (right.includes(column)) return cell.padStart(width);
        return column === row.length - 1 ? cell : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** `label   text` lines, labels aligned; a text of several lines hangs under its first. */
export function labelled(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows
    .map(([label, text]) => {
      const [first = "", ...rest] = text.split("\n");
      return [`  ${label.padEnd(width)}  ${first}`, ...rest.map((line) => `  ${"".padEnd(width)}  ${line}`)].join("\n");
    })
    .join("\n");
}
