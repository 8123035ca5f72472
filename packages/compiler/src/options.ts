import { type Chip, DEFAULT_CHIP } from "@rdu/chip";
import type { Diagnostic } from "@rdu/diagnostics";
import type { FusionMode, FusionRule, OptimizeLevel, Precision } from "@rdu/fusion";
import type { ReadBytes } from "@rdu/ir";

/** What a user may choose about a compilation. Everything absent has the default written beside it. */
export interface CompileOptions {
  /** File name of the model without its folder, for diagnostics and provenance. Default "model.onnx". */
  readonly source?: string;
  /** Default 1. */
  readonly optimize?: OptimizeLevel;
  /** Default "streaming". */
  readonly fusion?: FusionMode;
  /** Default "fp32". */
  readonly precision?: Precision;
  /** Default the preset sn40l. */
  readonly chip?: Chip;
  /** Seed of placement. Default 0. */
  readonly seed?: number;
  /** Lengths of symbolic dimensions, by name. */
  readonly dims?: Readonly<Record<string, number>>;
  readonly batchSize?: number;
  /** Samples of the batch that a tile holds at most; the largest divisor of the batch that is no more is taken. Default: no limit. */
  readonly microbatchSize?: number;
  /** Forward only: the model as it is meant once training is over. Default false. */
  readonly inference?: boolean;
  /** Inputs that have an initializer, by name, which the run feeds; all others are constants of the program. Default none. */
  readonly asInputs?: readonly string[];
  readonly rules?: readonly FusionRule[];
  /** Further options to be remembered in the PEF, such as the orchestration of calls. */
  readonly remembered?: Readonly<Record<string, string>>;
}

export type Settings = Required<Omit<CompileOptions, "batchSize" | "microbatchSize">> &
  Pick<CompileOptions, "batchSize" | "microbatchSize">;

/** What the compiler needs of the world around it, and tells it. */
export interface CompileEnvironment {
  /** Reads a range of an external data file of the model. */
  readonly readExternal: ReadBytes;
  /** Length of an external data file by its checked location; undefined when there is none. */
  readonly externalLength?: (location: string) => number | undefined;
  /** Version of the tool, for provenance. */
  readonly version: string;
  /** A faster SHA-256 than the built-in one, where there is one. */
  readonly sha256?: (bytes: Uint8Array) => string;
  readonly sink?: CompileSink;
}

/** Where a compilation reports to while it goes. */
export interface CompileSink {
  /** A clock in milliseconds; without one, times are 0. */
  readonly now?: () => number;
  /** Before each pass or stage. */
  readonly begin?: (pass: string) => void;
  /** The text of a level after a pass: "03-canonicalise.graph"; `payloads` gives the bytes that it names by digest. */
  readonly dump?: (file: string, text: string, payloads: () => ReadonlyMap<string, Uint8Array>) => void;
  readonly warn?: (warning: Diagnostic) => void;
}

export function settingsOf(options: CompileOptions): Settings {
  const { batchSize, microbatchSize } = options;
  return {
    source: options.source ?? "model.onnx",
    optimize: options.optimize ?? 1,
    fusion: options.fusion ?? "streaming",
    precision: options.precision ?? "fp32",
    chip: options.chip ?? DEFAULT_CHIP,
    seed: options.seed ?? 0,
    dims: options.dims ?? {},
    inference: options.inference ?? false,
    asInputs: options.asInputs ?? [],
    rules: options.rules ?? [],
    remembered: options.remembered ?? {},
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(microbatchSize === undefined ? {} : { microbatchSize }),
  };
}

/** Every option as text, defaults included: what the PEF remembers. */
export function optionTexts(settings: Settings): Readonly<Record<string, string>> {
  const dims = Object.entries(settings.dims).map(([name, length]) => `${name}=${length}`);
  return {
    ...settings.remembered,
    ...(settings.batchSize === undefined ? {} : { "batch-size": String(settings.batchSize) }),
    ...(settings.microbatchSize === undefined ? {} : { "microbatch-size": String(settings.microbatchSize) }),
    ...(settings.asInputs.length === 0 ? {} : { "as-input": JSON.stringify([...settings.asInputs].sort()) }),
    chip: settings.chip.name,
    dims: dims.sort().join(","),
    fusion: settings.fusion,
    "fusion-rules": settings.rules.map(({ name }) => name).join(","),
    inference: String(settings.inference),
    optimize: String(settings.optimize),
    precision: settings.precision,
    seed: String(settings.seed),
  };
}
