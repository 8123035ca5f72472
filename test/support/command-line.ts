import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** The command line, built as it is shipped, to be run in a folder of its own. */
export interface CommandLine {
  readonly folder: string;
  readonly run: (...words: readonly string[]) => Said;
  /** Takes the folder away. */
  readonly end: () => void;
}

/** Builds the command line anew. The paths of the machine are left out of what it says. */
export function commandLine(): CommandLine {
  const folder = mkdtempSync(join(tmpdir(), "rdu-cli-"));
  const program = join(folder, ".rdu", "rdu.mjs");
  buildSync({
    entryPoints: [join(ROOT, "cli/src/main.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "error",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
    },
  });
  return {
    folder,
    run: (...words) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      });
      return { code: status, out: stdout, error: stderr };
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A file of the project's fixtures. */
export function fixture(path: string): string {
  return join(ROOT, "fixtures", path);
}
