/** Past this many lines in the differing middle, lines are not matched up any more. */
const MOST_LINES = 4000;

/** Two texts as a diff with three lines of context, `-` the first and `+` the second; empty when they are equal. */
export function lineDiff(before: string, after: string, context = 3): string {
  const script = editScript(before.split("\n"), after.split("\n"));
  const near = script.map((_, index) =>
    script.slice(Math.max(0, index - context), index + context + 1).some(({ mark }) => mark !== " "),
  );
  const lines: string[] = [];
  script.forEach(({ mark, line }, index) => {
    if (near[index]) lines.push(`${mark} ${line}`.trimEnd());
    else if (near[index - 1]) lines.push("...");
  });
  return lines.join("\n");
}

interface Edit {
  readonly mark: " " | "-" | "+";
  readonly line: string;
}

function editScript(before: readonly string[], after: readonly string[]): Edit[] {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => ({ mark: " ", line }));
  return [
    ...same(before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

/** Longest common subsequence by the classic table; too long a middle is shown as all removed, all added. */
function middle(before: readonly string[], after: readonly string[]): Edit[] {
  if (before.length > MOST_LINES || after.length > MOST_LINES) {
    return [...before.map((line): Edit => ({ mark: "-", line })), ...after.map((line): Edit => ({ mark: "+", line }))];
  }
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? Number.NaN;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, added] = [before[i], after[j]];
    if (old !== undefined && old === added) {
      edits.push({ mark: " ", line: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (added === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ mark: "-", line: old });
      i += 1;
    } else if (added !== undefined) {
      edits.push({ mark: "+", line: added });
      j += 1;
    }
  }
  return edits;
}
