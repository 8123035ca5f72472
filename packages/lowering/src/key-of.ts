/** Text by which equal plain data is found again; fills of 64-bit tensors are bigints, which JSON lacks. */
export function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}
