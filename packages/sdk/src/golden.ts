import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type GoldenResult, runGolden } from "@rdu/compiler";
import { reject } from "@rdu/diagnostics";
import { readText, writeFile } from "./files.ts";

export interface GoldenFile extends GoldenResult {
  readonly path: string;
}

/** Every golden file at a path, a file or a folder with its folders, in the order of their names; run, and with `update` written anew. */
export function runGoldens(path: string, options: { readonly update?: boolean } = {}): GoldenFile[] {
  const files = goldenFiles(path);
  if (files.length === 0) reject("E0903", `${path} holds no .golden file`);
  return files.map((file) => {
    const result = runGolden(file, readText(file));
    if (options.update && result.cases.some(({ passed }) => !passed)) writeFile(file, result.updated);
    return { path: file, ...result };
  });
}

function goldenFiles(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) reject("E0903", `${path}: there is no such file`);
  if (!stats.isDirectory()) return [path];
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return goldenFiles(inner);
      return entry.name.endsWith(".golden") ? [inner] : [];
    });
}
