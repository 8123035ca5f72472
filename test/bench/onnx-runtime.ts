import { readFileSync } from "node:fs";
import { DTYPES, isTensor, type Value } from "@rdu/tensor";
import * as ort from "onnxruntime-web";

/** Seconds of the best of `runs` runs after a first one, on one thread; undefined where ONNX Runtime refuses the model or its inputs. */
export async function secondsOfOnnxRuntime(
  model: string,
  inputs: Readonly<Record<string, Value>>,
  runs: number,
): Promise<number | undefined> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "fatal";
  try {
    const session = await ort.InferenceSession.create(readFileSync(model), { executionProviders: ["wasm"] });
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, ortTensor(value)]));
    await session.run(feeds);
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < runs; run += 1) {
      const started = performance.now();
      await session.run(feeds);
      best = Math.min(best, (performance.now() - started) / 1000);
    }
    return best;
  } catch {
    return undefined;
  }
}

function ortTensor(value: Value): ort.Tensor {
  if (!isTensor(value) || DTYPES[value.dtype].class === "complex") throw new Error("no tensor that ONNX Runtime takes");
  return new ort.Tensor(value.dtype as ort.Tensor.Type, value.data as Float32Array, value.shape);
}
