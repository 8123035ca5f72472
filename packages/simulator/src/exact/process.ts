/** What a process cannot go on without. */
export interface Wait {
  /** In words, for the report of a deadlock: `a vector of stream "x"`. */
  readonly for: string;
  /** Names of the processes that can bring it. */
  readonly on: readonly string[];
  ready(): boolean;
}

/** The life of a unit, or of one program of a memory unit: it runs until it needs something that is not there, then yields what. */
export interface Process {
  readonly name: string;
  readonly life: Generator<Wait, void>;
}

/** Suspends the calling process until `wait` is ready. */
export function* until(wait: Wait): Generator<Wait, void> {
  while (!wait.ready()) yield wait;
}
