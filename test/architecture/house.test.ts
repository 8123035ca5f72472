import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import {
  determinismViolations,
  frontDoorViolations,
  lengthViolations,
  machinePathViolations,
  nameViolations,
} from "./house.ts";
import { isTest, ROOT, readTree } from "./source-tree.ts";

const sources = readTree(["packages", "cli"], (path) => /\/src\/.*\.ts$/.test(path) && !path.endsWith(".d.ts"));
const product = sources.filter(({ path }) => !isTest(path));
const belowSdk = product.filter(({ path }) => path.startsWith("packages/") && !path.startsWith("packages/sdk/"));
const sample = (path: string, text: string) => [{ path, text }];

test("no source file is longer than 500 lines", () => {
  expect(lengthViolations(product)).toEqual([]);
  expect(lengthViolations(sample("packages/ir/src/a.ts", "x\n".repeat(501)))).toHaveLength(1);
});

test("names say something", () => {
  expect(nameViolations(product)).toEqual([]);
  expect(nameViolations(sample("packages/ir/src/graph-utils.ts", ""))).toHaveLength(1);
  expect(nameViolations(sample("packages/ir/src/a.ts", "export class PassManager {}"))).toHaveLength(1);
});

test("an index.ts only re-exports", () => {
  expect(frontDoorViolations(product)).toEqual([]);
  expect(frontDoorViolations(sample("packages/ir/src/index.ts", "export const x = 1;"))).toHaveLength(1);
});

test("below sdk nothing reads the clock, chance, the locale or the host", () => {
  expect(determinismViolations(belowSdk)).toEqual([]);
  const text = "const t = Date.now() + Math.random(); a.localeCompare(b); const process = 1; process.x;";
  expect(determinismViolations(sample("packages/ir/src/a.ts", text))).toHaveLength(3);
});

test("no path of a machine stands in code, tests or documents", () => {
  const texts = readTree([".", ".ci"], (path) =>
    /\.(ts|mjs|md|json|py|txt|golden|graph|flow|place|chip|yaml)$|run$/.test(path),
  );
  expect(texts.length).toBeGreaterThan(50);
  expect(machinePathViolations(texts)).toEqual([]);
  expect(machinePathViolations(sample("docs/a.md", ["see ", "home", "ann", "model.onnx"].join("/")))).toHaveLength(1);
});

test("the top level holds what it should and nothing else", () => {
  const visible = readdirSync(ROOT).filter((name) => !name.startsWith(".") && !["node_modules", "dist"].includes(name));
  const expected =
    "CHANGELOG.md LICENSE README.md cli docs fixtures package-lock.json package.json packages test tsconfig.json";
  expect(expected.split(" ")).toEqual(expect.arrayContaining(visible));
});
