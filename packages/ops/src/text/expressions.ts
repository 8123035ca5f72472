/**
 * A regular expression in RE2 syntax, whose leading flags and named groups are written differently, put into a frame; undefined when it is none.
 */
export function compiledExpression(
  source: string,
  frame: (body: string) => string,
  more: "" | "y" | "g" = "",
): RegExp | undefined {
  const flags = /^\(\?([imsU]+)\)/.exec(source);
  const body = source
    .slice(flags?.[0].length ?? 0)
    .replaceAll("(?P<", "(?<")
    .replaceAll("\\A", "^")
    .replaceAll("\\z", "$");
  const own = [...new Set(flags?.[1] ?? "")].filter((flag) => "ims".includes(flag)).join("");
  for (const mode of [`${own}u`, own]) {
    try {
      return new RegExp(frame(body), `${mode}${more}`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

/** The leftmost match at or behind a place, and of several that begin there the longest. */
export type LongestMatch = (text: string, from: number) => { readonly start: number; readonly end: number } | undefined;

/** Without choices, options and groups, what is greedy is the longest. */
const IS_GREEDY = /^[^|?(]*$/;

/** Finds matches of an expression in RE2 syntax as a POSIX search does; undefined when it is none. */
export function longestMatch(source: string): LongestMatch | undefined {
  const first = compiledExpression(source, (body) => body, "g");
  if (first === undefined) return undefined;
  const search = (text: string, from: number): RegExpExecArray | null => {
    first.lastIndex = from;
    return first.exec(text);
  };
  return (text, from) => {
    const found = search(text, from);
    if (found === null) return undefined;
    const [start, end] = [found.index, found.index + found[0].length];
    return { start, end: IS_GREEDY.test(source) ? end : longestEnd(source, text, start, end) };
  };
}

/** The last place where a match that begins at `start` can end: asks for one with so many characters behind it, ever more of them. */
function longestEnd(source: string, text: string, start: number, end: number): number {
  for (let candidate = text.length; candidate > end; candidate -= 1) {
    const rest = [...text.slice(candidate)].length;
    const exact = compiledExpression(source, (body) => `(?:${body})(?=[^]{${rest}}(?![^]))`, "y");
    if (exact === undefined) return end;
    exact.lastIndex = start;
    if (exact.test(text)) return candidate;
  }
  return end;
}
