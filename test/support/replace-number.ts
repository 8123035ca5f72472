/** A deep copy of a value of plain objects, arrays and maps in which one number, the `at`-th modulo their count, is another. */
export function replaceNumber<Value>(value: Value, at: number, replacement: number): Value {
  const count = countNumbers(value);
  if (count === 0) return value;
  let left = at % count;
  const copy = (part: unknown): unknown => {
    if (typeof part === "number") {
      left -= 1;
      return left === -1 ? replacement : part;
    }
    if (part instanceof Map) return new Map([...part].map(([key, item]) => [key, copy(item)]));
    if (part instanceof Uint8Array || typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map(copy);
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, copy(item)]));
  };
  return copy(value) as Value;
}

function countNumbers(part: unknown): number {
  if (typeof part === "number") return 1;
  if (part instanceof Uint8Array || typeof part !== "object" || part === null) return 0;
  const items = part instanceof Map ? part.values() : Object.values(part);
  let count = 0;
  for (const item of items) count += countNumbers(item);
  return count;
}
