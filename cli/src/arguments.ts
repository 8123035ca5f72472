/** Options that are spelt otherwise elsewhere, by our own spelling. */
const LONG_FORMS: Readonly<Record<string, string>> = { "-mb": "--microbatch-size" };

/**
 * The words of a command line with the spellings of the vendor's tools put into ours: `-b=64`, `-mb=4`, `-mb 4`, `-p=app.pef`, `-o1`.
 * What stands behind `--` is left alone.
 */
export function normaliseArguments(words: readonly string[]): string[] {
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  return [...options.flatMap(normalised), ...words.slice(options.length)];
}

function normalised(word: string): string[] {
  const level = /^-o([0-9])$/.exec(word);
  if (level !== null) return [`-O${level[1]}`];
  const assigned = /^(-[A-Za-z]{1,2})=(.*)$/.exec(word);
  if (assigned !== null) {
    const [, name = "", value = ""] = assigned;
    return [LONG_FORMS[name] ?? (name === "-o" ? "-O" : name), value];
  }
  return [LONG_FORMS[word] ?? word];
}
