import { reject } from "@rdu/diagnostics";
import { type Graph, staticShape } from "@rdu/ir";
import type { Microbatch } from "@rdu/lowering";
import type { Settings } from "./options.ts";

/** How the batch of a graph is cut, or undefined when nobody asked. Rejects (E0902) more samples than there are, and a graph without a batch. */
export function microbatchOf(graph: Graph, { microbatchSize, batchSize }: Settings): Microbatch | undefined {
  if (microbatchSize === undefined) return undefined;
  const lengths = new Set(graph.inputs.map((input) => staticShape(graph.types.get(input))?.[0] ?? 1));
  const [samples = 1] = batchSize === undefined ? [...lengths] : [batchSize];
  if (batchSize === undefined && lengths.size !== 1)
    reject("E0902", `--microbatch-size ${microbatchSize}: the inputs do not agree on the length of a batch`, {
      notes: graph.inputs.map(
        (input) => `input ${input}: first dimension ${staticShape(graph.types.get(input))?.[0] ?? "none"}`,
      ),
      hint: "say which it is with --batch-size",
    });
  if (microbatchSize > samples)
    reject("E0902", `--microbatch-size ${microbatchSize} is more than the ${samples} samples of the batch`, {
      hint: "give a --batch-size of at least as many",
    });
  let most = microbatchSize;
  while (samples % most !== 0) most -= 1;
  return { samples, most };
}
