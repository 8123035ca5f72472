// Bundles the command line into one file, cli/dist/rdu.js, for Node 20 and later.
// protobufjs is CommonJS and calls `require` at run time, hence the banner.
import { chmod, mkdir } from "node:fs/promises";
import { build } from "esbuild";

const outfile = "cli/dist/rdu.js";
await mkdir("cli/dist", { recursive: true });
await build({
  entryPoints: ["cli/src/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  legalComments: "linked",
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
  },
});
await chmod(outfile, 0o755);
