import { type CaseResult, type ConformanceOptions, conformance } from "@rdu/sdk";
import { build } from "esbuild";
import { UNSCORED } from "../operators/conformance-exceptions.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Runs a tree of cases in processes of their own, and gives the verdict of every scored case. */
export async function verdictsOf(folder: string, options: ConformanceOptions): Promise<readonly CaseResult[]> {
  const { cases } = await conformance(folder, { ...options, worker: { path: await worker(), arguments: [] } });
  return cases.filter(({ name }) => !UNSCORED.includes(name));
}

/** Node 20 does not read TypeScript: what a child process runs is bundled first. */
async function worker(): Promise<string> {
  const outfile = `${ROOT}dist/test/conformance-worker.mjs`;
  await build({
    entryPoints: [`${ROOT}test/support/conformance-worker.ts`],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "error",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
    },
  });
  return outfile;
}
