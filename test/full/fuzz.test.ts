import { encodeModel, exportModel } from "@rdu/onnx";
import { isFloat, sameShape, type Tensor, toNumbers } from "@rdu/tensor";
import * as ort from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { drawCase } from "../fuzz/draw-case.ts";
import { drawTarget } from "../fuzz/fuzz-seed.ts";
import type { FuzzCase } from "../fuzz/graph-draft.ts";
import { judgeCase } from "../fuzz/judge-case.ts";
import { allowedDeviations } from "../fuzz/sensitivity.ts";

describe("random graphs", () => {
  it.each(Array.from({ length: 20 }, (_, block) => 1 + 10 * block))("seeds from %i on", async (first) => {
    for (let seed = first; seed < first + 10; seed += 1) {
      const { failure } = await judgeCase(drawCase(seed), drawTarget(seed));
      expect(failure, `seed ${seed}`).toBeUndefined();
    }
  });
});

/**
 * Where ONNX Runtime and the reference are known to differ, and why neither is wrong by the standard: floats beyond the range of an integer type
 * are left open; so are the parameters of activations that have no default; extremes of no elements; dilated windows padded by
 * SAME_UPPER, which it sizes without the dilation.
 */
const OPEN = new Set(["Cast", "GRU", "LSTM", "RNN", "ReduceMin", "ReduceMax", "AveragePool", "MaxPool", "LpPool"]);

describe("ONNX Runtime as a third opinion", () => {
  it("the reference agrees with it on the random graphs that it accepts", { timeout: 600_000 }, async () => {
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "fatal";
    let accepted = 0;
    for (let seed = 20_001; seed <= 20_150; seed += 1) {
      const fuzz = drawCase(seed);
      if (fuzz.graph.nodes.some((node) => node.kind === "operator" && OPEN.has(node.op))) continue;
      const outputs = await runOnnxRuntime(fuzz);
      if (outputs === undefined) continue;
      accepted += 1;
      const allowed = allowedDeviations(fuzz);
      for (const [id, found] of outputs) {
        const expected = fuzz.values.get(id)!;
        expect(found.shape, `seed ${seed}, shape of ${id}`).toEqual(expected.shape);
        expect(disagreement(found, expected, allowed.get(id)!), `seed ${seed}, ${id}`).toBeUndefined();
      }
    }
    expect(accepted).toBeGreaterThan(25);
  });
});

/** The numeric outputs; undefined when ONNX Runtime refuses the graph. */
async function runOnnxRuntime({ graph, inputs }: FuzzCase): Promise<Map<string, Tensor> | undefined> {
  let session: ort.InferenceSession | undefined;
  try {
    session = await ort.InferenceSession.create(encodeModel(exportModel(graph)), { executionProviders: ["wasm"] });
    const feeds: Record<string, ort.Tensor> = {};
    for (const [id, { dtype, shape, data }] of inputs) {
      feeds[id] = new ort.Tensor(dtype as ort.Tensor.Type, data as Float32Array, shape);
    }
    const results = await session.run(feeds);
    const found = new Map<string, Tensor>();
    for (const [id, { type, dims, data }] of Object.entries(results)) {
      if (type === "string") continue;
      found.set(id, { dtype: type as Tensor["dtype"], shape: [...dims], data: data as Tensor["data"] });
    }
    return found;
  } catch {
    return undefined;
  } finally {
    await session?.release();
  }
}

/** The first element beyond twice the allowed deviation: both sides may be off. */
function disagreement(found: Tensor, expected: Tensor, allowed: Float64Array): string | undefined {
  if (found.dtype !== expected.dtype || !sameShape(found.shape, expected.shape)) return "another type or shape";
  const [numbers, wanted] = [toNumbers(found), toNumbers(expected)];
  for (const [index, want] of wanted.entries()) {
    const got = numbers[index]!;
    const most = allowed[index] ?? 0;
    if (got === want || (Number.isNaN(got) && Number.isNaN(want)) || most === Number.POSITIVE_INFINITY) continue;
    if (!(Math.abs(got - want) <= 2 * most))
      return `element ${index}: ${got} there, ${want} here${isFloat(found.dtype) ? "" : " (whole)"}`;
  }
  return undefined;
}
