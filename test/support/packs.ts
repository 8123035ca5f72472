import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extract } from "tar";

/** Test data of others lies beside the project and is never copied into it; a checkout without it skips those tests. */
const SHARED = new URL("../../../shared/", import.meta.url).pathname;

const PACKS = {
  /** `<group>/<case>/{model.onnx, data.json?, test_data_set_K/...}` */
  conformance: "conformance/onnx-node-open.tar.gz",
  /** `models/<case>/...`, the same form */
  models: "models/onnx-models-open.tar.gz",
} as const;

/** The folder of an unpacked pack in the temporary files of the machine, or undefined when the pack is not there. */
export function packFolder(pack: keyof typeof PACKS): string | undefined {
  const archive = join(SHARED, PACKS[pack]);
  if (!existsSync(archive)) return undefined;
  const folder = join(tmpdir(), `rdu-pack-${pack}-${statSync(archive).size}`);
  if (existsSync(folder)) return folder;
  // Two test files may unpack at once: each into a folder of its own, the first to finish gives its name.
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  extract({ file: archive, cwd: unfinished, sync: true });
  try {
    renameSync(unfinished, folder);
  } catch {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}
