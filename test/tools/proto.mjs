// Generates the static modules of our protobuf schemas: `npm run proto`, or into another folder to compare.
// Static code, since reflection needs `new Function`; a root of its own for each, since both would default to one name.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pbjs = promisify(createRequire(import.meta.url)("protobufjs-cli/pbjs").main);

export const SCHEMAS = [
  { package: "onnx", options: ["--no-verify", "--no-create", "--no-delimited", "--no-typeurl"] },
  { package: "pef", options: ["--no-verify", "--no-create", "--no-delimited", "--no-typeurl", "--no-convert"] },
];

/** Writes `<name>.js` and `<name>.d.ts`. The types are read off the comments, which the module itself does without. */
export async function generate({ package: name, options }, folder) {
  const common = ["-t", "static-module", "-w", "esm", "--root", `rdu-${name}`, ...options];
  const schema = join(root, "packages", name, "src", `${name}.proto`);
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "rdu-proto-"));
  try {
    await pbjs([...common, "--dts", "-o", join(scratch, `${name}.js`), schema]);
    await pbjs([...common, "--no-comments", "-o", join(folder, `${name}.js`), schema]);
    writeFileSync(join(folder, `${name}.d.ts`), readFileSync(join(scratch, `${name}.d.ts`)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const schema of SCHEMAS) await generate(schema, join(root, "packages", schema.package, "src", "generated"));
}
