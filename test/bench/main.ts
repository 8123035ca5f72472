// Times and memory of compiling and running real models, each in a process of its own, as a table with the machine's name.
//   npm run bench -- [--filter REGEXP] [--optimize 0|1|3] [--kernels] [--json FILE]
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { CompileOptions } from "@rdu/sdk";
import { benchFastEngine } from "./fast-engine.ts";
import { type CheckFigures, measureCheck, measureRun, type RunFigures } from "./measure.ts";
import { type BenchModel, benchModels } from "./models.ts";
import { benchPlacement } from "./placement.ts";
import { type Row, tableOf } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    filter: { type: "string", default: "" },
    optimize: { type: "string", default: "1" },
    json: { type: "string" },
    kernels: { type: "boolean", default: false },
    worker: { type: "string" },
  },
});

/** What a process is asked to measure. */
interface Job {
  readonly what: "check" | "run";
  readonly model: BenchModel;
  readonly optimize: NonNullable<CompileOptions["optimize"]>;
}

if (options.worker !== undefined) await work(JSON.parse(options.worker) as Job);
else if (options.kernels) benchFastEngine((line) => console.log(line));
else await measureAll();

async function work({ what, model, optimize }: Job): Promise<void> {
  process.send?.(what === "check" ? measureCheck(model) : await measureRun(model, optimize));
}

async function measureAll(): Promise<void> {
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;
  const optimize = Number(options.optimize) as Job["optimize"];
  const rows: Row[] = [];
  for (const model of benchModels().filter(({ name }) => new RegExp(options.filter).test(name))) {
    process.stderr.write(`${model.name} ...\n`);
    const check = await ask<CheckFigures>({ what: "check", model, optimize });
    const run = await ask<RunFigures>({ what: "run", model, optimize });
    rows.push({
      model: model.name,
      optimize,
      ...(typeof check === "string" ? {} : { check }),
      ...(typeof run === "string" ? { failure: run } : { run }),
    });
  }
  const placement = benchPlacement();
  console.log(`${machine}\n\n${tableOf(rows)}\n\n${placement}`);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine, rows, placement }, null, 2)}\n`);
}

/** The figures that a process of its own finds, or how it came to its end. */
function ask<Figures>(job: Job): Promise<Figures | string> {
  return new Promise((settle) => {
    const child = fork(process.argv[1] ?? "", ["--worker", JSON.stringify(job)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let errors = "";
    child.stderr?.on("data", (text) => {
      errors += String(text);
    });
    child.on("message", (figures) => settle(figures as Figures));
    child.on("exit", (code, signal) => {
      const message = /^\w*Error: .*$/m.exec(errors)?.[0] ?? `ended with ${signal ?? code}`;
      settle(message);
    });
  });
}
