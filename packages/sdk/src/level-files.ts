import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import {
  type Compilation,
  type CompileOptions,
  type CompileSink,
  type CompileSource,
  compileModel,
  hashConstants,
  type LevelName,
} from "@rdu/compiler";
import { invariant, reject } from "@rdu/diagnostics";
import { payloadsOf as flowPayloads, printFlow, printPlacement } from "@rdu/flow";
import { payloadsOf, printGraph } from "@rdu/ir";
import { environmentOf, nativeSha256 } from "./compile.ts";
import { fileLength, readFile, readRange, readText, writeFile } from "./files.ts";
import { externalPath, modelSource } from "./model-source.ts";

/** Folder, beside dumped texts, with the bytes that these name by digest. */
const PAYLOADS = "payloads";

export type FileKind = CompileSource["kind"] | "placed";

export interface FileOptions {
  /** What the file holds; told by the end of its name when absent: .graph, .flow, .place (its .flow lies beside it), anything else is ONNX. */
  readonly from?: FileKind;
  /** Default "pef". */
  readonly to?: LevelName;
  /** Folder of weight files that a text refers to; its own when absent. */
  readonly weights?: string;
}

/** Compiles a file of any level that can be entered, as far as a level. */
export function compileFile(
  path: string,
  options: CompileOptions = {},
  sink: CompileSink = {},
  { from, to = "pef", weights }: FileOptions = {},
): Compilation {
  const kind = from ?? kindOf(path);
  const named = { source: basename(path), ...options };
  if (kind === "onnx") {
    const source = modelSource(path);
    return compileModel({ kind, bytes: source.bytes }, named, environmentOf(source, sink), to);
  }
  const folder = weights ?? dirname(resolve(path));
  const files = {
    readExternal: (location: string, offset: number, length: number) =>
      readRange(externalPath(folder, location), offset, length),
    externalLength: (location: string) => fileLength(externalPath(folder, location)),
  };
  const findPayload = payloadFinder(dirname(resolve(path)));
  const source: CompileSource =
    kind === "placed"
      ? { kind: "flow", text: readText(flowBeside(path)), placement: readText(path), findPayload }
      : { kind, text: readText(path), findPayload };
  return compileModel(source, named, environmentOf(files, sink), to);
}

/** The flow that a placement is of: the one of the same name, or the dump before it (17-lower.flow of 18-place.place). */
function flowBeside(path: string): string {
  const same = path.replace(/\.[^./\\]*$/, ".flow");
  if (existsSync(same)) return same;
  const folder = dirname(resolve(path));
  const flows = readdirSync(folder).filter((name) => name.endsWith(".flow"));
  const earlier = flows.filter((name) => name < basename(path)).sort();
  const found = earlier.at(-1);
  if (found === undefined)
    reject("E0903", `${path}: there is no flow that it places`, { hint: `put ${basename(same)} beside it` });
  return join(folder, found);
}

function kindOf(path: string): FileKind {
  const extension = extname(path);
  if (extension === ".place") return "placed";
  return extension === ".graph" ? "graph" : extension === ".flow" ? "flow" : "onnx";
}

/** The text of what a compilation stopped at. */
export function levelText({ graph, flow, placed }: Compilation, level: LevelName): string {
  if (level === "placed" && placed !== undefined) return printPlacement(placed.placement);
  if (level === "flow" && flow !== undefined) return printFlow(flow, { digestOf: nativeSha256 });
  invariant(graph !== undefined, () => `the compilation made no ${level}`);
  hashConstants(graph, nativeSha256);
  return printGraph(graph);
}

/** The bytes that the text of a level names by digest. */
export function levelPayloads({ graph, flow, placed }: Compilation, level: LevelName): ReadonlyMap<string, Uint8Array> {
  if (level === "placed" && placed !== undefined) return new Map();
  if (level === "flow" && flow !== undefined)
    return new Map(flowPayloads(flow).map((bytes) => [nativeSha256(bytes), bytes]));
  return graph === undefined ? new Map() : payloadsOf(graph);
}

/** Writes bytes beside the texts that name them by digest. */
export function writePayloads(folder: string, payloads: ReadonlyMap<string, Uint8Array>): void {
  for (const [digest, bytes] of payloads) {
    const path = join(folder, PAYLOADS, `${digest}.bin`);
    if (!existsSync(path)) writeFile(path, [bytes]);
  }
}

/** Looks bytes up that a text in the folder names by digest; refuses those that are not what the digest says. */
export function payloadFinder(folder: string): (digest: string) => Uint8Array | undefined {
  return (digest) => {
    const path = join(folder, PAYLOADS, `${digest}.bin`);
    if (!/^[0-9a-f]{64}$/.test(digest) || !existsSync(path)) return undefined;
    const bytes = readFile(path);
    const found = nativeSha256(bytes);
    if (found !== digest) reject("E0706", `${path}: its SHA-256 is ${found}`);
    return bytes;
  };
}
