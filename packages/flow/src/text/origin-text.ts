/** The names of the ONNX nodes behind a unit, as the comment that ends its line: `at /fc1/MatMul, "odd, name"`. */
export function printOrigin(origin: readonly string[]): string | undefined {
  if (origin.length === 0) return undefined;
  return `at ${origin.map((name) => (/^[^\s,"\\]+$/u.test(name) ? name : JSON.stringify(name))).join(", ")}`;
}

/** Reads such a comment; any other comment is no origin. */
export function parseOrigin(comment: string | undefined): string[] {
  if (comment === undefined || !comment.startsWith("at ")) return [];
  const names: string[] = [];
  const pattern = /\s*("(?:[^"\\]|\\.)*"|[^\s,"\\]+)\s*(?:,|$)/uy;
  pattern.lastIndex = 3;
  while (pattern.lastIndex < comment.length) {
    const found = pattern.exec(comment)?.[1];
    if (found === undefined) return [];
    names.push(found.startsWith('"') ? unquote(found) : found);
  }
  return names;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
