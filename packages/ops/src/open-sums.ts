import type { Dim } from "@rdu/ir";

/** constant + sum of coefficient times name: an integer that the run brings, as far as it follows from others. */
interface Sum {
  readonly constant: number;
  readonly terms: ReadonlyMap<string, number>;
}

/** How the name of a sum of more than one name begins. No name of a value's extent or entry does. */
const SUM = "?=";

function sumOf(dim: number | string): Sum {
  if (typeof dim === "number") return { constant: dim, terms: new Map() };
  if (!dim.startsWith(SUM)) return { constant: 0, terms: new Map([[dim, 1]]) };
  const [constant, terms] = JSON.parse(dim.slice(SUM.length)) as [number, [string, number][]];
  return { constant, terms: new Map(terms) };
}

/** The one name of the sum; null where it is too large to be exact. */
function nameOf({ constant, terms }: Sum): Dim {
  const kept = [...terms].filter(([, coefficient]) => coefficient !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (![constant, ...kept.map(([, coefficient]) => coefficient)].every(Number.isSafeInteger)) return null;
  const [only] = kept;
  if (only === undefined) return constant;
  if (kept.length === 1 && constant === 0 && only[1] === 1) return only[0];
  return `${SUM}${JSON.stringify([constant, kept])}`;
}

/** a + factor b. */
export function added(a: Dim, b: Dim, factor = 1): Dim {
  if (a === null || b === null) return null;
  const [left, right] = [sumOf(a), sumOf(b)];
  const terms = new Map(left.terms);
  for (const [name, coefficient] of right.terms) terms.set(name, (terms.get(name) ?? 0) + factor * coefficient);
  return nameOf({ constant: left.constant + factor * right.constant, terms });
}

/** Which name has which value when the sum has this one; undefined where that does not follow. */
export function solved(dim: string, value: number): readonly [string, number] | undefined {
  const { constant, terms } = sumOf(dim);
  const [only] = terms;
  if (only === undefined || terms.size !== 1) return undefined;
  const [name, coefficient] = only;
  const found = (value - constant) / coefficient;
  return Number.isSafeInteger(found) ? [name, found] : undefined;
}
