import { CompileError, diagnostic, reject } from "@rdu/diagnostics";
import type { Call } from "@rdu/flow";
import { isTensor, type Tensor, typeText, type Value } from "@rdu/tensor";
import type { DeviceTensors } from "./device-tensors.ts";

export type HostCall = Extract<Call, { readonly kind: "host" }>;

/**
 * Executes an operator that the chip cannot hold. Gets the operands in order, null for an omitted one, and gives the results in order;
 * whoever owns the meaning of operators hands it in, since nothing of it is known here.
 */
export type HostEvaluator = (call: HostCall, inputs: readonly (Value | null)[]) => readonly (Value | null)[];

/** Values between host calls that have no place in device memory: strings, sequences, tensors whose shape depends on values. */
export type HostValues = Map<string, Value>;

/** Runs one host call on tensors in device memory and values on the host. Whatever goes wrong is an error that names the call's nodes. */
export function runHostCall(
  call: HostCall,
  device: DeviceTensors,
  values: HostValues,
  evaluate: HostEvaluator | undefined,
): void {
  const at = [call.origin.join(", ") || call.name];
  if (evaluate === undefined) {
    reject("E0809", `${call.name} runs on the host (${call.reason}), and no evaluator was given`, { at });
  }
  const lent = new Set<ArrayBufferLike>();
  const inputs = call.inputs.map((name) => {
    if (name === null) return null;
    const known = values.get(name);
    if (known !== undefined) return known;
    if (!device.has(name)) reject("E0809", `${call.name} reads ${name}, which nothing has made`, { at });
    const tensor = device.tensor(name);
    if (ArrayBuffer.isView(tensor.data)) lent.add(tensor.data.buffer);
    return tensor;
  });
  const outputs = guarded(call, at, () => evaluate(call, inputs));
  call.outputs.forEach((name, index) => {
    if (name === null) return;
    const value = outputs[index] ?? null;
    if (value === null) reject("E0809", `${call.name} gave no result for ${name}`, { at });
    const symbol = device.symbol(name);
    if (symbol === undefined) {
      values.set(name, detached(value, lent));
      return;
    }
    const fits = isTensor(value) && value.dtype === symbol.dtype && value.shape.join() === symbol.shape.join();
    if (!fits) {
      const found = isTensor(value) ? typeText(value.dtype, value.shape) : "no tensor";
      reject("E0809", `${name}: expected ${typeText(symbol.dtype, symbol.shape)}, ${call.name} gave ${found}`, { at });
    }
    device.write(name, value);
  });
}

/** A value that outlives the call: what lies in memory lent to it, as a Reshape's result does, is copied before a later section reuses the place. */
function detached(value: Value, lent: ReadonlySet<ArrayBufferLike>): Value {
  if ("sequence" in value) return { sequence: value.sequence.map((element) => detached(element, lent)) };
  if ("optional" in value) return { optional: value.optional === null ? null : detached(value.optional, lent) };
  if ("map" in value)
    return { keys: detachedTensor(value.keys, lent), map: value.map.map((element) => detached(element, lent)) };
  return detachedTensor(value, lent);
}

function detachedTensor(value: Tensor, lent: ReadonlySet<ArrayBufferLike>): Tensor {
  const { data } = value;
  return ArrayBuffer.isView(data) && lent.has(data.buffer) ? { ...value, data: data.slice() } : value;
}

function guarded<Result>(call: HostCall, at: readonly string[], work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    const said = error.diagnostics.map(({ code, message }) => `${code} ${message}`);
    throw new CompileError([diagnostic("E0809", call.name, { at, notes: said })]);
  }
}
