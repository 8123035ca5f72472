import type { ValueId } from "@rdu/ir";
import { encodeModel, exportModel } from "@rdu/onnx";
import { sameShape, type Tensor, toNumbers } from "@rdu/tensor";
import * as ort from "onnxruntime-web";
import { toleranceOf } from "../operators/tolerance.ts";
import type { FuzzCase } from "./graph-draft.ts";
import { allowedDeviations, roundedValues } from "./sensitivity.ts";

/** Types that its JavaScript interface hands over as they are stored here. */
const PLAIN = [
  "float32",
  "float64",
  "float16",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "bool",
];

/** What ONNX Runtime gives for the outputs of a case, or why it does not take it. */
export async function runOnnxRuntime({ graph, inputs }: FuzzCase): Promise<ReadonlyMap<ValueId, Tensor> | string> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "fatal";
  let session: ort.InferenceSession | undefined;
  try {
    session = await ort.InferenceSession.create(encodeModel(exportModel(graph)), {
      executionProviders: ["wasm"],
      logSeverityLevel: 4,
    });
    const feeds: Record<string, ort.Tensor> = {};
    for (const [id, { dtype, shape, data }] of inputs) {
      if (!PLAIN.includes(dtype)) return `no ${dtype} through its interface`;
      feeds[id] = new ort.Tensor(dtype as ort.Tensor.Type, data as Float32Array, shape);
    }
    const results = await session.run(feeds);
    const found = new Map<ValueId, Tensor>();
    for (const [id, { type, dims, data }] of Object.entries(results)) {
      if (!PLAIN.includes(type)) return `no ${type} through its interface`;
      const bits =
        ArrayBuffer.isView(data) && type === "float16"
          ? new Uint16Array(data.buffer, data.byteOffset, data.length)
          : data;
      found.set(id, { dtype: type as Tensor["dtype"], shape: [...dims], data: bits as Tensor["data"] });
    }
    return found;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await session?.release();
  }
}

/** The first difference of its results from the reference's beyond twice what is allowed, for both sides may be off. */
export function disagreement(fuzz: FuzzCase, found: ReadonlyMap<ValueId, Tensor>): string | undefined {
  let allowed: ReadonlyMap<ValueId, Float64Array> | undefined;
  const rounded = roundedValues(fuzz.graph);
  for (const [id, there] of found) {
    const here = fuzz.values.get(id)!;
    if (there.dtype !== here.dtype || !sameShape(there.shape, here.shape)) {
      return `${id}: ${there.dtype}[${there.shape}] there, ${here.dtype}[${here.shape}] here`;
    }
    const { rtol, atol } = toleranceOf(here);
    const [numbers, wanted] = [toNumbers(there), toNumbers(here)];
    for (const [index, want] of wanted.entries()) {
      const got = numbers[index]!;
      if (got === want || (Number.isNaN(got) && Number.isNaN(want))) continue;
      const distance = Math.abs(got - want);
      if (rounded.has(id) && distance <= atol + rtol * Math.abs(want)) continue;
      allowed ??= allowedDeviations(fuzz);
      const most = allowed.get(id)![index]!;
      if (most === Number.POSITIVE_INFINITY || distance <= 2 * most) continue;
      return `${id}: element ${index} is ${got} there, ${want} here (allowed ${2 * most})`;
    }
  }
  return undefined;
}
