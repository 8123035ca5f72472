import { fileURLToPath } from "node:url";
import { check, compile, load, readFile, readNpz, summarise, type Tensor, type Value, verify } from "@rdu/sdk";
import { comparisonText } from "../../cli/src/report/comparison-report.ts";
import { labelled, seconds } from "../../cli/src/report/format.ts";
import { programRows } from "../../cli/src/report/program-report.ts";
import { timingRows } from "../../cli/src/report/timing-report.ts";
import { accuracyOf, drawDigits, labelOf } from "./digits.ts";

/**
 * The whole way of one model: a convolutional network that PyTorch trained on handwritten digits is compiled to a PEF, run on the software
 * RDU, and compared with PyTorch's own outputs and with the reference. Then it reads digits it has not been trained on.
 */
const folder = fileURLToPath(new URL("../../fixtures/models/digits_cnn/", import.meta.url));
const BATCH = 8;
const DRAWN = 4;

async function main(): Promise<number> {
  const started = performance.now();
  const model = `${folder}dynamo_batch/model.onnx`;
  const operators = check(model, { batchSize: BATCH });
  const { pef, report } = await compile(model, { batchSize: BATCH });
  const compiled = performance.now();
  const program = await load(pef);
  const digits = await readDigits();
  let right = 0;
  let count = 0;
  let first: Awaited<ReturnType<typeof program.run>> | undefined;
  for (let from = 0; from + BATCH <= digits.labels.length; from += BATCH) {
    const result = await program.run({ input: digits.batch(from) });
    first ??= result;
    right += accuracyOf(logitsOf(result.outputs), digits.labels.slice(from, from + BATCH));
    count += BATCH;
  }
  const ran = performance.now();
  if (first?.timing === undefined) return 1;
  const logits = logitsOf(first.outputs);
  const verified = await verify(`${folder}dynamo/model.onnx`, { data: `${folder}dynamo` });
  const cycles = (first.cycles ?? 0) * (count / BATCH);
  console.log(`digits_cnn: ${operators.nodes} ONNX nodes, trained in PyTorch, compiled for a batch of ${BATCH}`);
  console.log(
    labelled([
      ...programRows(program.pef, summarise(program.pef)),
      ...timingRows(program.pef, first.timing),
      ["compiled", `in ${seconds(compiled - started)}, ${report.passes.length} passes and stages`],
      [
        "ran",
        `${count / BATCH} batches in ${seconds(ran - compiled)}, ${Math.round(cycles / ((ran - compiled) / 1000))} simulated cycles a second`,
      ],
      ...verified.sets.flatMap(({ shipped, reference }, index): [string, string][] => [
        [`PyTorch ${index}`, comparisonText(shipped)],
        [`reference ${index}`, comparisonText(reference)],
      ]),
    ]),
  );
  console.log(`\n${drawDigits(digits.images, DRAWN)}`);
  const said = Array.from({ length: DRAWN }, (_, index) => labelOf(logits, index));
  console.log(
    said
      .map((label) => `   reads ${label}`.padEnd(18))
      .join("")
      .trimEnd(),
  );
  console.log(
    `\n${right} of ${count} handwritten digits read right, ${verified.passed ? "every" : "NOT every"} output as PyTorch's`,
  );
  return verified.passed && right >= 0.9 * count ? 0 : 1;
}

function logitsOf(outputs: Readonly<Record<string, Value>>): Tensor {
  const { logits } = outputs;
  return logits as Tensor;
}

async function readDigits() {
  const entries = await readNpz(readFile(`${folder}digits.npz`));
  const images = entries.get("images");
  const labels = entries.get("labels");
  if (!(images?.data instanceof Float32Array) || !(labels?.data instanceof BigInt64Array))
    throw new Error("digits.npz has no images and labels");
  const pixels = images.data;
  return {
    images: pixels,
    labels: Array.from(labels.data, Number),
    batch: (from: number): Tensor => ({
      dtype: "float32",
      shape: [BATCH, 1, 8, 8],
      data: pixels.slice(from * 64, (from + BATCH) * 64),
    }),
  };
}

process.exitCode = await main();
