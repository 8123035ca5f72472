/** One line on the terminal that says what is going on; nothing when the error output is no terminal. */
export interface Progress {
  readonly say: (text: string) => void;
  readonly done: () => void;
}

export function progress(): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { say: () => undefined, done: () => undefined };
  const clear = "\r\u001b[K";
  return {
    say: (text) => stderr.write(`${clear}${text.slice(0, Math.max(1, (stderr.columns ?? 80) - 1))}`),
    done: () => stderr.write(clear),
  };
}

/** A bar of how much is done: `[#####.....]  5/10 what`. */
export function bar(done: number, all: number, what: string): string {
  const filled = all === 0 ? 20 : Math.round((20 * done) / all);
  return `[${"#".repeat(filled)}${".".repeat(20 - filled)}] ${done}/${all} ${what}`;
}
