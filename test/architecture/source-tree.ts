import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceFile {
  /** From the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Folders that hold nothing written by hand. */
const SKIPPED = new Set(["node_modules", "dist", "coverage", ".git", "generated"]);

/** Every file under these folders of the project that `wanted` accepts, in order of path. */
export function readTree(folders: readonly string[], wanted: (path: string) => boolean): SourceFile[] {
  return folders
    .flatMap((folder) => walk(join(ROOT, folder)))
    .map((path) => relative(ROOT, path).split(sep).join("/"))
    .filter(wanted)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

function walk(place: string): string[] {
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isFile()) return [place];
  return readdirSync(place)
    .filter((name) => !SKIPPED.has(name))
    .flatMap((name) => walk(join(place, name)));
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}
