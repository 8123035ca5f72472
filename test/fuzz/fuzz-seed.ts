import { join } from "node:path";
import { type Chip, presetChip } from "@rdu/sdk";
import { drawCase } from "./draw-case.ts";
import { type Failure, judgeCase } from "./judge-case.ts";
import { reduceCase } from "./reduce-case.ts";
import { saveCase } from "./save-case.ts";

/** What became of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly nodes: number;
  /** Operators of the graph, each once. */
  readonly operators: readonly string[];
  readonly hostCalls: number;
  readonly failure?: Failure;
  /** Of a failure: the nodes that are left of the graph, and the folder it was saved in. */
  readonly left?: readonly string[];
  readonly folder?: string;
}

const CHIP: Chip = presetChip("sn40l");

/** Draws and judges the graph of a seed; a failing one is reduced and saved below `folder`. */
export async function fuzzSeed(seed: number, folder: string): Promise<SeedResult> {
  const fuzz = drawCase(seed);
  const { failure, hostCalls } = await judgeCase(fuzz, CHIP);
  const names = fuzz.graph.nodes.flatMap((node) => (node.kind === "operator" ? [node.op] : []));
  const result: SeedResult = { seed, nodes: names.length, operators: [...new Set(names)], hostCalls };
  if (failure === undefined) return result;
  const { kind, optimize } = failure;
  const small = await reduceCase(fuzz, async (candidate) => {
    const { failure: same } = await judgeCase(candidate, CHIP, [optimize]);
    return same?.kind === kind;
  });
  const { failure: last = failure } = await judgeCase(small, CHIP, [optimize]);
  const at = join(folder, `seed-${seed}`);
  saveCase(at, small, `seed ${seed}, -O${optimize}: ${last.kind}\n${last.detail}`);
  const left = small.graph.nodes.flatMap((node) => (node.kind === "operator" ? [node.op] : []));
  return { ...result, failure: last, left, folder: at };
}
