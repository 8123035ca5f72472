import { setFlagsFromString } from "node:v8";
import { run } from "./run.ts";

// Node 20 optimises functions after so little work that a compilation of a second spends as much again on optimising, in threads of its own.
// Four times its default takes that off and leaves the main thread as fast; later versions wait longer by themselves and lack the flag.
if (process.versions.v8.startsWith("11.")) setFlagsFromString(`--interrupt-budget=${4 * 66 * 1024}`);

// A reader that has seen enough (`| head`) closes the pipe: no fault of anybody's.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2));
