import { dirname, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { reject } from "@rdu/diagnostics";
import type { Pef } from "@rdu/pef";
import {
  type EngineName,
  load as loadPef,
  type Parameter,
  type RunOptions as RuntimeOptions,
  type Program as RuntimeProgram,
} from "@rdu/runtime";
import type { ProgramTiming } from "@rdu/simulator";
import type { Value } from "@rdu/tensor";
import { nativeSha256 } from "./compile.ts";
import { evaluateHost } from "./evaluate-host.ts";
import { readFile, readRange } from "./files.ts";
import { externalPath } from "./model-source.ts";

export interface LoadOptions {
  /** Folder of the weight files that the PEF refers to; the folder of the PEF itself when absent. */
  readonly weights?: string;
}

export interface RunOptions {
  /** "fast" by default. */
  readonly engine?: EngineName;
  /** Cycles besides values; on by default. */
  readonly timing?: boolean;
  readonly orchestration?: RuntimeOptions["orchestration"];
  readonly onCall?: RuntimeOptions["onCall"];
  /** Told after each call which tensors it wrote. */
  readonly onTensor?: RuntimeOptions["onTensor"];
}

export interface RunResult {
  readonly outputs: Readonly<Record<string, Value>>;
  /** Total cycles of the run, launches included; absent without timing. */
  readonly cycles?: number;
  readonly timing?: ProgramTiming;
}

/** A loaded PEF, ready to run. */
export interface Program {
  readonly pef: Pef;
  readonly inputs: readonly Parameter[];
  readonly outputs: readonly Parameter[];
  run(inputs: Readonly<Record<string, Value>>, options?: RunOptions): Promise<RunResult>;
}

/** Loads a PEF, given as a path or as bytes; everything in it is checked first. Rejects with E07xx. */
export async function load(pef: string | Uint8Array, options: LoadOptions = {}): Promise<Program> {
  const bytes = typeof pef === "string" ? readFile(pef) : pef;
  const folder = options.weights ?? (typeof pef === "string" ? dirname(resolve(pef)) : undefined);
  const program = loadPef(bytes, {
    readWeight: ({ location, offset, length, digest }) => {
      if (folder === undefined)
        reject("E0103", `${location}: name the folder of the weights, a PEF given as bytes has none`);
      const found = readRange(externalPath(folder, location), offset, length);
      if (digest !== undefined && nativeSha256(found) !== digest)
        reject("E0706", `${location}: its bytes are not those the PEF was compiled with`);
      return found;
    },
  });
  return programOf(program);
}

export function programOf(program: RuntimeProgram): Program {
  // The generated kernels run long from their first call on: the baseline tier of the WebAssembly compiler would only be time lost.
  setFlagsFromString("--no-liftoff");
  const { orchestration: remembered } = program.pef.provenance.options;
  return {
    pef: program.pef,
    inputs: program.inputs,
    outputs: program.outputs,
    run: async (inputs, options = {}) => {
      const { outputs, timing } = program.run(new Map(Object.entries(inputs)), {
        engine: "fast",
        evaluateHost,
        ...(remembered === "software" ? { orchestration: remembered } : {}),
        ...given(options),
      });
      return {
        outputs: Object.fromEntries(outputs),
        ...(timing === undefined ? {} : { cycles: timing.cycles, timing }),
      };
    },
  };
}

/** The options without those that are undefined. */
function given(options: RunOptions): RuntimeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
