/** A grid coordinate: tile of the chip, row and column inside it. Of a unit, an AGCU or a switch: the context says which. */
export interface Site {
  readonly tile: number;
  readonly row: number;
  readonly column: number;
}

/** `tile:row:column`, the way sites are written in text forms and messages. */
export function siteText({ tile, row, column }: Site): string {
  return `${tile}:${row}:${column}`;
}

export function sameSite(a: Site, b: Site): boolean {
  return a.tile === b.tile && a.row === b.row && a.column === b.column;
}
