import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import {
  type Compilation,
  type CompileEnvironment,
  type CompileOptions,
  type CompileReport,
  type CompileSink,
  compileModel,
  type LevelName,
} from "@rdu/compiler";
import { invariant } from "@rdu/diagnostics";
import type { Graph } from "@rdu/ir";
import type { Pef } from "@rdu/pef";
import { type Model, type ModelSource, modelSource } from "./model-source.ts";
import { VERSION } from "./version.ts";

export interface Compiled {
  /** The PEF, in memory. */
  readonly pef: Uint8Array;
  /** The PEF in pieces, weights not copied: to be written one after another. */
  readonly pieces: readonly Uint8Array[];
  readonly program: Pef;
  readonly report: CompileReport;
}

/** Compiles an ONNX model to a PEF. Rejects with everything that is wrong with the model, or what does not fit the chip. */
export async function compile(model: Model, options: CompileOptions = {}, sink: CompileSink = {}): Promise<Compiled> {
  return compileSource(modelSource(model), options, sink);
}

export function compileSource(source: ModelSource, options: CompileOptions = {}, sink: CompileSink = {}): Compiled {
  const { pef, bytes, report } = compileTo(source, options, sink, "pef");
  invariant(pef !== undefined && bytes !== undefined, "a whole compilation gives a PEF");
  return {
    pieces: bytes,
    get pef() {
      return concatenated(bytes);
    },
    program: pef,
    report,
  };
}

/** Compiles as far as a level. `imported`: what `importSource` made of the source under the same options. */
export function compileTo(
  source: ModelSource,
  options: CompileOptions,
  sink: CompileSink,
  to: LevelName,
  imported?: Graph,
): Compilation {
  return compileModel(
    { kind: "onnx", bytes: source.bytes, ...(imported === undefined ? {} : { imported }) },
    { source: source.name, ...options },
    environmentOf(source, sink),
    to,
  );
}

export function environmentOf(
  { readExternal, externalLength }: Pick<ModelSource, "readExternal" | "externalLength">,
  sink: CompileSink = {},
): CompileEnvironment {
  return {
    readExternal,
    externalLength,
    version: VERSION,
    sha256: nativeSha256,
    sink: { now: () => performance.now(), ...sink },
  };
}

export function nativeSha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}
