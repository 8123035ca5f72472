import { type Diagnostic, InvariantError, inPass, renderAll } from "@rdu/diagnostics";
import type { CompileSink } from "./options.ts";
import type { PassReport } from "./report.ts";

/** What the runner must know of a level. */
export interface Level<Value> {
  /** Extension of dumped files: "graph", "flow", "place". */
  readonly extension: string;
  /** `digestOf`, where given, names large arrays of bytes so that the text can be read back with them at hand. */
  readonly print: (value: Value, digestOf?: DigestOf) => string;
  /** Everything about the value that breaks a rule of the level. */
  readonly verify: (value: Value) => readonly Diagnostic[];
  /** Name of the rules that `verify` checks: levels of the same name refuse the same. */
  readonly rules: string;
  readonly count: (value: Value) => number;
  /** Bytes that the text names by digest; absent when it never does. */
  readonly payloads?: (value: Value, digestOf: DigestOf) => ReadonlyMap<string, Uint8Array>;
}

export type DigestOf = (bytes: Uint8Array) => string;

/**
 * Runs passes and stages one after another: names the one that is running in every error, verifies and dumps what it gives, counts and
 * times it. A crash carries the text of the input, so that it can be repeated.
 */
export class PassRunner {
  readonly reports: PassReport[] = [];
  readonly #sink: CompileSink;
  readonly #digestOf: DigestOf;
  /** Values found legal, by the rules that they were last checked against: one that a pass hands on as it is is not checked again. */
  readonly #legal = new WeakMap<object, string>();
  #number = 0;

  constructor(digestOf: DigestOf, sink: CompileSink = {}) {
    this.#digestOf = digestOf;
    this.#sink = sink;
  }

  run<Input, Output>(
    name: string,
    input: { readonly value: Input; readonly print: (value: Input) => string },
    output: Level<Output>,
    work: (value: Input) => Output,
  ): Output {
    this.#sink.begin?.(name);
    const started = this.#sink.now?.() ?? 0;
    const result = inPass(
      name,
      () => input.print(input.value),
      () => {
        const made = work(input.value);
        this.#verify(made, output);
        return made;
      },
    );
    const milliseconds = (this.#sink.now?.() ?? 0) - started;
    const changed = !Object.is(result, input.value);
    this.reports.push({ name, milliseconds, count: output.count(result), changed });
    const file = `${String(this.#number).padStart(2, "0")}-${name}.${output.extension}`;
    this.#sink.dump?.(
      file,
      output.print(result, this.#digestOf),
      () => output.payloads?.(result, this.#digestOf) ?? new Map(),
    );
    this.#number += 1;
    return result;
  }

  #verify<Output>(made: Output, { rules, verify }: Level<Output>): void {
    const remembers = typeof made === "object" && made !== null;
    if (remembers && this.#legal.get(made) === rules) return;
    refuseBroken(verify(made));
    if (remembers) this.#legal.set(made, rules);
  }
}

/** What the compiler itself made and the verifier refuses is our fault, never the user's. */
function refuseBroken(found: readonly Diagnostic[]): void {
  if (found.length > 0) throw new InvariantError(`the result breaks its level's rules\n${renderAll(found, 5)}`);
}
