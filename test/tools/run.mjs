// Runs one TypeScript program of the test folder on Node 20: bundles it into dist/ and imports the bundle.
//   node test/tools/run.mjs test/bench/main.ts [arguments]
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) throw new Error("usage: run.mjs PROGRAM.ts [arguments]");
const outfile = resolve("dist", basename(dirname(entry)), `${basename(entry, ".ts")}.mjs`);
await build({
  entryPoints: [join(process.cwd(), entry)],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  external: ["onnxruntime-web"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
  },
});
process.argv = [process.argv[0], outfile, ...rest];
await import(pathToFileURL(outfile).href);
