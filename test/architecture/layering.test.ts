import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importCircles } from "./circles.ts";
import { importsOf, importViolations, LAYERS, type Outside } from "./layers.ts";
import { ROOT, readTree } from "./source-tree.ts";

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const outside: Outside = {
  dependencies: Object.keys(manifest.dependencies),
  development: Object.keys(manifest.devDependencies),
};
const sources = readTree(["packages", "cli"], (path) => /\/src\/.*\.ts$/.test(path));

test("imports point down, through front doors, and stay off the host below sdk", () => {
  expect(importViolations(sources, outside)).toEqual([]);
});

test("no files import each other in a loop", () => {
  expect(importCircles(sources)).toEqual([]);
  const file = (name: string, target: string) => ({
    path: `packages/ir/src/${name}.ts`,
    text: `import type { x } from "${target}";`,
  });
  const loop = [file("a", "./b.ts"), file("b", "./c/c.ts"), file("c/c", "../b.ts")];
  expect(importCircles(loop)).toEqual(["packages/ir/src/b.ts -> packages/ir/src/c/c.ts -> packages/ir/src/b.ts"]);
});

test("there is something to check", () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.flatMap(importsOf).filter((specifier) => specifier.startsWith("@rdu/")).length).toBeGreaterThan(50);
});

test("every package is in the layer list, and has one front door", () => {
  const packages = readdirSync(join(ROOT, "packages"));
  expect(packages.sort()).toEqual(
    LAYERS.flat()
      .filter((name) => name !== "cli")
      .sort(),
  );
  for (const name of packages) {
    const text = readFileSync(join(ROOT, "packages", name, "package.json"), "utf8");
    expect(JSON.parse(text), name).toMatchObject({
      name: `@rdu/${name}`,
      exports: { ".": "./src/index.ts" },
      type: "module",
    });
  }
});

test.each([
  ["a sibling stage", "packages/fusion/src/a.ts", 'import { x } from "@rdu/lowering";'],
  ["a layer above", "packages/tensor/src/a.ts", 'import type { x } from "@rdu/ops";'],
  ["itself", "packages/tensor/src/a.ts", 'export * from "@rdu/tensor";'],
  ["the compiler from the runtime", "packages/runtime/src/a.ts", 'export { x } from "@rdu/kernels";'],
  ["the graph from the PEF", "packages/pef/src/a.ts", 'import type { Graph } from "@rdu/ir";'],
  ["past a front door", "packages/ir/src/a.ts", 'import { x } from "@rdu/tensor/src/shape.ts";'],
  ["past a front door by path", "packages/ir/src/a.ts", 'import { x } from "../../tensor/src/shape.ts";'],
  ["files below sdk", "packages/onnx/src/a.ts", 'import { readFileSync } from "node:fs";'],
  ["files below sdk, unprefixed", "packages/onnx/src/a.ts", 'const fs = await import("fs");'],
  ["a package nobody declared", "packages/onnx/src/a.ts", 'import x from "left-pad";'],
  ["a tool in the product", "packages/sdk/src/a.ts", 'import { test } from "vitest";'],
  ["a package of no layer", "packages/helpers/src/a.ts", ""],
])("a violating sample is caught: %s", (_, path, text) => {
  expect(importViolations([{ path, text }], outside)).toHaveLength(1);
});

test.each([
  ["packages/ir/src/a.ts", 'import { x } from "@rdu/tensor";\nimport { y } from "./b/c.ts";'],
  ["packages/runtime/src/a.ts", 'import { x } from "@rdu/simulator";'],
  ["packages/ir/src/a.test.ts", 'import { x } from "node:crypto";\nimport fc from "fast-check";'],
  ["packages/sdk/src/a.ts", 'import { x } from "node:fs";'],
  ["cli/src/a/b.ts", 'import { x } from "../c.ts";\nimport { Command } from "commander";'],
])("a lawful sample passes: %s", (path, text) => {
  expect(importViolations([{ path, text }], outside)).toEqual([]);
});
