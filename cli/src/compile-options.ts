import { type CompileOptions, PRECISIONS, parseChip, parseRules, presetChip, readText } from "@rdu/sdk";
import type { Command } from "commander";
import { choice, collect, integerFrom, positiveInteger, splitAssignment } from "./command.ts";

/** Options of every command that compiles, as commander gives them. */
export interface CompileWords {
  readonly O?: string;
  readonly batchSize?: string;
  readonly microbatchSize?: string;
  readonly dim?: readonly string[];
  readonly chip?: string;
  readonly fusionRules?: string;
  readonly fusion?: string;
  readonly orchestration?: string;
  readonly precision?: string;
  readonly inference?: boolean;
  readonly asInput?: readonly string[];
  readonly seed?: string;
}

export function withCompileOptions(command: Command): Command {
  return command
    .option("-O <level>", "0: one operator a section; 1: fusion by rules; 3: the whole graph as one problem", "1")
    .option("-b, --batch-size <n>", "length of the first dimension of every input, where it is free")
    .option("--microbatch-size <n>", "-mb: the batch goes through the stages in tiles of at most n samples")
    .option("--dim <name=n>", "length of a dimension by name; may be repeated", collect)
    .option("--chip <name|file>", "a preset (rdu chips) or a .chip file", "sn40l")
    .option("--fusion <mode>", "streaming, or conventional as on a GPU, for comparison", "streaming")
    .option("--fusion-rules <file>", "rules of your own, in YAML")
    .option("--orchestration <who>", "who starts sections: hw (the chip) or sw (the host)", "hw")
    .option("--precision <name>", "fp32, mixed (operands of products in bf16) or bf16 (all tensors inside)", "fp32")
    .option("--inference", "forward only: normalisation and dropout as after training, no training outputs")
    .option("--as-input <name>", "an input that has an initializer is fed, no constant; may be repeated", collect)
    .option("--seed <n>", "seed of placement", "0");
}

export function compileOptionsOf(words: CompileWords): CompileOptions {
  const optimize = ({ "0": 0, "1": 1, "3": 3 } as const)[choice(words.O ?? "1", ["0", "1", "3"], "-O")];
  const fusion = choice(words.fusion ?? "streaming", ["streaming", "conventional"], "--fusion");
  const orchestration = choice(words.orchestration ?? "hw", ["hw", "sw"], "--orchestration");
  const precision = choice(words.precision ?? "fp32", PRECISIONS, "--precision");
  const seed = words.seed === undefined || words.seed === "0" ? 0 : positiveInteger(words.seed, "--seed");
  const dims = Object.fromEntries(
    (words.dim ?? []).map((text) => {
      const [name, length] = splitAssignment(text, "--dim");
      // A length of 0 is a cache that holds nothing yet.
      return [name, integerFrom(0, length, `--dim ${name}`)];
    }),
  );
  const batchSize = words.batchSize === undefined ? undefined : positiveInteger(words.batchSize, "--batch-size");
  const microbatchSize =
    words.microbatchSize === undefined ? undefined : positiveInteger(words.microbatchSize, "--microbatch-size");
  return {
    optimize,
    fusion,
    precision,
    inference: words.inference === true,
    ...(words.asInput === undefined ? {} : { asInputs: words.asInput }),
    seed,
    dims,
    chip: chipNamed(words.chip ?? "sn40l"),
    remembered: {
      orchestration: orchestration === "hw" ? "hardware" : "software",
    },
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(microbatchSize === undefined ? {} : { microbatchSize }),
    ...(words.fusionRules === undefined ? {} : { rules: parseRules(readText(words.fusionRules), words.fusionRules) }),
  };
}

function chipNamed(name: string) {
  return /[./\\]/.test(name) ? parseChip(readText(name), name) : presetChip(name);
}
