import { CompileError, diagnostic, reject } from "@rdu/diagnostics";
import { Command, type CommanderError } from "commander";

/** What a command may do besides printing. */
export interface CommandContext {
  /** Ends the process with this exit code once the command is done, unless a higher one is asked for. */
  readonly exitWith: (code: 1 | 2) => void;
}

export function newCommand(name: string, summary: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(summary)
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ ${example}`).join("\n")}\n`);
}

/** Commander's complaints as diagnostics: E0901 for what it does not know, E0902 for values. */
export function usageError({ code, message }: CommanderError): CompileError {
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const hint = /Did you mean (.*?)\?\)?$/.exec(rest.join(" "))?.[1];
  const value = [
    "commander.invalidArgument",
    "commander.optionMissingArgument",
    "commander.missingMandatoryOptionValue",
  ];
  const details = {
    hint:
      hint === undefined ? "rdu --help lists the commands, rdu COMMAND --help its options" : `did you mean ${hint}?`,
  };
  const said = first.replace(/^unknown (option|command) /, "$1 ").replaceAll("'", '"');
  return new CompileError([diagnostic(value.includes(code) ? "E0902" : "E0901", said, details)]);
}

/** Collects a repeated option. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** `NAME=VALUE` in two. */
export function splitAssignment(text: string, option: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at <= 0) reject("E0902", `${option} ${text}: expected NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export function positiveInteger(text: string, option: string): number {
  return integerFrom(1, text, option);
}

/** A whole number of at least `least`. */
export function integerFrom(least: number, text: string, option: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || !/^\d+$/.test(text))
    reject("E0902", `${option} ${text}: expected a whole number of at least ${least}`);
  return value;
}

/** One of a few words; the hint lists them. */
export function choice<Word extends string>(text: string, words: readonly Word[], option: string): Word {
  return (
    words.find((word) => word === text) ??
    reject("E0902", `${option} ${text}`, { hint: `expected ${words.join(", ")}` })
  );
}

export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

export function printJson(value: unknown): void {
  print(toJson(value));
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, jsonValue, 2)}\n`;
}

/** What JSON has no form for: maps as objects, bytes as their number, 64-bit integers as text. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (typeof value === "bigint") return value.toString();
  if (ArrayBuffer.isView(value)) return { bytes: value.byteLength };
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}
