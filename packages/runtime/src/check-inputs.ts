import { type Diagnostic, diagnostic, didYouMean, listed, rejectErrors } from "@rdu/diagnostics";
import type { TensorSymbol } from "@rdu/flow";
import type { Binding } from "@rdu/pef";
import { isTensor, typeText, type Value } from "@rdu/tensor";

/** An input or output of a program: its type, unless it is a value that only the host touches. */
export interface Parameter {
  readonly name: string;
  readonly dtype?: TensorSymbol["dtype"];
  readonly shape?: readonly number[];
  /** The type of such a value as the graph's text has it. */
  readonly type?: string;
}

export function parameterOf({ name, symbol, type }: Binding, symbols: ReadonlyMap<string, TensorSymbol>): Parameter {
  const found = symbols.get(symbol);
  if (found === undefined) return { name, ...(type === undefined ? {} : { type }) };
  return { name, dtype: found.dtype, shape: found.shape };
}

const DEFAULTS = "an input that has an initializer in the model is a constant, unless compiled with --as-input";

/** Rejects inputs that are not what the program takes; everything that is wrong at once (E0801 to E0804). */
export function checkInputs(parameters: readonly Parameter[], inputs: ReadonlyMap<string, Value>): void {
  const found: Diagnostic[] = [];
  const names = parameters.map(({ name }) => name);
  for (const name of inputs.keys()) {
    if (!names.includes(name))
      found.push(diagnostic("E0801", `"${name}"`, { hint: didYouMean(name, names), notes: [DEFAULTS] }));
  }
  const missing = parameters.filter(({ name }) => !inputs.has(name));
  if (missing.length > 0) {
    found.push(diagnostic("E0802", listed(missing.map(parameterText))));
  }
  for (const { name, dtype, shape } of parameters) {
    const value = inputs.get(name);
    if (value === undefined || dtype === undefined || shape === undefined) continue;
    const at = [`input ${name}`];
    if (!isTensor(value)) {
      found.push(diagnostic("E0804", `expected ${typeText(dtype, shape)}, found no tensor`, { at }));
      continue;
    }
    const said = `expected ${typeText(dtype, shape)}, found ${typeText(value.dtype, value.shape)}`;
    if (value.dtype !== dtype) found.push(diagnostic("E0804", said, { at }));
    else if (value.shape.join() !== shape.join()) found.push(diagnostic("E0803", said, { at }));
  }
  rejectErrors(found);
}

function parameterText({ name, dtype, shape, type }: Parameter): string {
  if (dtype === undefined || shape === undefined) return type === undefined ? name : `${name}: ${type}`;
  return `${name}: ${typeText(dtype, shape)}`;
}
