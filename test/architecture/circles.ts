import { posix } from "node:path";
import { importsOf } from "./layers.ts";
import type { SourceFile } from "./source-tree.ts";

/** Files that import each other in a loop, types included: each loop as `a -> b -> a`, once, found from the first of its files by path. */
export function importCircles(files: readonly SourceFile[]): string[] {
  const known = new Map(files.map((file) => [file.path, file]));
  const targets = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => posix.join(posix.dirname(file.path), specifier))
        .filter((path) => known.has(path)),
    ]),
  );
  const done = new Set<string>();
  const way: string[] = [];
  const circles: string[] = [];
  const walk = (path: string): void => {
    const start = way.indexOf(path);
    if (start >= 0) circles.push([...way.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    way.push(path);
    for (const target of targets.get(path) ?? []) walk(target);
    way.pop();
    done.add(path);
  };
  for (const path of [...known.keys()].sort()) walk(path);
  return circles;
}
