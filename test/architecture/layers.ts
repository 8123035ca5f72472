import { builtinModules } from "node:module";
import { posix } from "node:path";
import ts from "typescript";
import { isTest, type SourceFile } from "./source-tree.ts";

/** The one list of layers, bottom to top. A package imports only from rows above its own here, never from its own row. */
export const LAYERS: readonly (readonly string[])[] = [
  ["diagnostics"],
  ["tensor"],
  ["arithmetic"],
  ["ir", "chip"],
  ["flow"],
  ["kernels", "pef"],
  ["ops"],
  ["onnx", "fusion", "lowering", "placement", "reference", "simulator"],
  ["runtime", "compiler", "viewer"],
  ["sdk"],
  ["cli"],
];

/**
 * What a PEF needs is in the PEF: these three never see the compiler. The runtime drives the simulator, which is a stage
 * by its layer only.
 */
const COMPILER_SIDE = ["ir", "ops", "kernels", "onnx", "fusion", "lowering", "placement", "reference", "compiler"];
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  pef: COMPILER_SIDE,
  simulator: COMPILER_SIDE,
  runtime: COMPILER_SIDE,
};

/** Packages below `sdk` touch no files, clocks or processes. */
const HOST_ALLOWED = ["sdk", "cli"];
const HOST_EXCEPTIONS: Readonly<Record<string, readonly string[]>> = { simulator: ["node:worker_threads"] };

export interface Outside {
  /** Packages that any file may import. */
  readonly dependencies: readonly string[];
  /** Packages that only tests may import besides. */
  readonly development: readonly string[];
}

/** Every import that breaks a rule, as `path: what is wrong`. */
export function importViolations(files: readonly SourceFile[], outside: Outside): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    if (room === undefined) return [`${file.path}: lies in no package of the layer list`];
    return importsOf(file).flatMap((specifier) => {
      const problem = judge(file.path, room, specifier, outside);
      return problem === undefined ? [] : [`${file.path}: ${problem}`];
    });
  });
}

/** Module specifiers of a file: imports, re-exports, dynamic imports and `import type`. */
export function importsOf({ text }: SourceFile): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** `packages/tensor/src/a.ts` lies in `tensor`, `cli/src/main.ts` in `cli`. */
function roomOf(path: string): string | undefined {
  const room = /^packages\/([^/]+)\//.exec(path)?.[1] ?? /^(cli)\//.exec(path)?.[1];
  return room !== undefined && layerOf(room) >= 0 ? room : undefined;
}

function layerOf(room: string): number {
  return LAYERS.findIndex((row) => row.includes(room));
}

function judge(path: string, room: string, specifier: string, outside: Outside): string | undefined {
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier);
    const own = room === "cli" ? "cli/src/" : `packages/${room}/src/`;
    return target.startsWith(own) ? undefined : `${specifier} leaves the package`;
  }
  if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
    if (isTest(path) || HOST_ALLOWED.includes(room)) return undefined;
    return HOST_EXCEPTIONS[room]?.includes(specifier) ? undefined : `${specifier} is not for packages below sdk`;
  }
  const inner = /^@rdu\/([^/]+)(\/.*)?$/.exec(specifier);
  if (inner !== null) {
    const [, target = "", deep] = inner;
    if (deep !== undefined) return `${specifier} goes past the front door of ${target}`;
    if (layerOf(target) < 0) return `${specifier} is in no layer`;
    if (layerOf(target) >= layerOf(room)) return `${room} may not import ${target}: it is not in a layer below`;
    return FORBIDDEN[room]?.includes(target)
      ? `${room} may not import ${target}: it belongs to the compiler`
      : undefined;
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (outside.dependencies.includes(name) || (isTest(path) && outside.development.includes(name))) return undefined;
  return `${specifier} is not among the ${isTest(path) ? "" : "product "}dependencies`;
}
