/** Items in one line, elided politely: `a, b, c and 12 more`. */
export function listed(items: readonly string[], limit = 8): string {
  if (items.length <= limit) return items.join(", ");
  return `${items.slice(0, limit).join(", ")} and ${items.length - limit} more`;
}

/** Alternatives in one phrase: `a`, `a or b`, `a, b or c`. */
export function alternatives(items: readonly string[], limit = 8): string {
  if (items.length > limit) return `one of ${listed(items, limit)}`;
  const last = items.at(-1);
  return items.length < 2 || last === undefined ? items.join("") : `${items.slice(0, -1).join(", ")} or ${last}`;
}

/** `1 unit`, `3 units`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** The candidate closest to a mistyped name, or undefined when none is near. Ties go to the earlier candidate. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** A hint for a mistyped name: `did you mean "x"?`, or else what there is to choose from. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const known = [...candidates];
  const near = suggest(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length === 0 ? "there is none to choose from" : `known: ${listed(known)}`;
}

/** Damerau-Levenshtein distance with adjacent transpositions counted once ("optimal string alignment"). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
