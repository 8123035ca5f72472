import { CompileError, type Diagnostic, diagnostic } from "@rdu/diagnostics";
import { checkPlacement } from "@rdu/flow";
import type { Pef } from "./pef.ts";

/**
 * Rejects a PEF that breaks a rule of the machine (E0705): the flow's verifier and the placement checker judge it just as they do when it
 * is compiled, and inputs and outputs must name something that exists.
 */
export function validate({ flow, chip, placement, inputs, outputs }: Pef): void {
  const found: Diagnostic[] = [...checkPlacement(flow, chip, placement)];
  const symbols = new Set(flow.symbols.map(({ name }) => name));
  const hostMade = new Set(flow.schedule.flatMap((call) => (call.kind === "host" ? call.outputs : [])));
  const wrong = (what: string): void => {
    found.push(diagnostic("E0705", what));
  };
  const repeated = (names: readonly { readonly name: string }[], what: string): void => {
    if (new Set(names.map(({ name }) => name)).size < names.length) wrong(`two ${what} have the same name`);
  };
  repeated(inputs, "inputs");
  repeated(outputs, "outputs");
  const given = new Set(inputs.map(({ symbol }) => symbol));
  for (const { name, symbol } of outputs) {
    const made = symbols.has(symbol) || hostMade.has(symbol) || given.has(symbol);
    if (!made) wrong(`output ${name} is ${symbol}, which nothing makes`);
  }
  if (found.length === 0) return;
  throw new CompileError([
    diagnostic("E0705", `${found.length === 1 ? "one rule is" : `${found.length} rules are`} broken`),
    ...found,
  ]);
}
