import { join } from "node:path";
import type { OperatorNode } from "@rdu/ir";
import { presetChip } from "@rdu/sdk";
import { DTYPES } from "@rdu/tensor";
import { RandomDraw } from "../support/random-draw.ts";
import { drawCase } from "./draw-case.ts";
import type { FuzzCase } from "./graph-draft.ts";
import { type Failure, judgeCase, type Target } from "./judge-case.ts";
import { judgeOperators } from "./judge-operators.ts";
import { reduceCase } from "./reduce-case.ts";
import { saveCase } from "./save-case.ts";

/** What became of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly nodes: number;
  /** Operators of the graph with the element types of their first operands and results ("Add f32", "ArgMax f32>i64"), one a node. */
  readonly drawn: readonly string[];
  readonly hostCalls: number;
  /** Levels at which the graph does not fit the chip. */
  readonly unfit: number;
  readonly failure?: Pick<Failure, "kind" | "detail"> & { readonly where: string };
  /** Of a failure: the nodes that are left of the graph, and the folder it was saved in. */
  readonly left?: readonly string[];
  readonly folder?: string;
}

/** Draws and judges the graph of a seed; a failing one is reduced and saved below `folder`. */
export async function fuzzSeed(seed: number, folder: string): Promise<SeedResult> {
  const fuzz = drawCase(seed);
  const target = drawTarget(seed);
  const { failure, hostCalls, unfit } = await judgeCase(fuzz, target);
  const result = { ...drawnOf(seed, fuzz), hostCalls, unfit };
  if (failure === undefined) return result;
  const { kind, optimize } = failure;
  const small = await reduceCase(fuzz, async (candidate) => {
    const { failure: same } = await judgeCase(candidate, target, [optimize]);
    return same?.kind === kind;
  });
  const { failure: last = failure } = await judgeCase(small, target, [optimize]);
  const at = join(folder, `seed-${seed}`);
  const options = `-O${optimize} --chip ${target.chip.name} --fusion ${target.fusion} --seed ${target.seed}${target.symbolic ? ", lengths by name" : ""}`;
  saveCase(at, small, `seed ${seed}, ${options}: ${last.kind}\n${last.detail}`);
  const { detail } = last;
  return {
    ...result,
    failure: { kind: last.kind, detail, where: `-O${optimize}` },
    left: operatorsOf(small),
    folder: at,
  };
}

/** Draws the graph of a seed and judges the decomposition of each of its operators; the first that fails is saved below `folder`. */
export function fuzzOperators(seed: number, folder: string): SeedResult {
  const fuzz = drawCase(seed);
  const result: SeedResult = { ...drawnOf(seed, fuzz), hostCalls: 0, unfit: 0 };
  const failed = judgeOperators(fuzz);
  if (failed === undefined) return result;
  const { kind, detail, single } = failed;
  const at = join(folder, `operator-${seed}`);
  saveCase(at, single, `seed ${seed}, decomposition: ${kind}\n${detail}`);
  return { ...result, failure: { kind, detail, where: "decomposition" }, left: operatorsOf(single), folder: at };
}

function drawnOf(seed: number, fuzz: FuzzCase): Pick<SeedResult, "seed" | "nodes" | "drawn"> {
  const drawn = fuzz.graph.nodes.flatMap((node) => (node.kind === "operator" ? [signatureText(node, fuzz)] : []));
  return { seed, nodes: drawn.length, drawn };
}

function operatorsOf({ graph }: FuzzCase): string[] {
  return graph.nodes.flatMap((node) => (node.kind === "operator" ? [node.op] : []));
}

function signatureText({ op, inputs, outputs }: OperatorNode, { values }: FuzzCase): string {
  const short = (ids: readonly (string | null)[]): string | undefined => {
    const first = ids.find((id) => id !== null);
    const value = first === undefined || first === null ? undefined : values.get(first);
    return value === undefined ? undefined : DTYPES[value.dtype].short;
  };
  const [from, to] = [short(inputs), short(outputs)];
  return `${op} ${from === undefined || from === to ? to : `${from}>${to}`}`;
}

/** What the graph of a seed is compiled for: mostly the defaults, else the small chip, other seeds of placement, fusion that does not stream. */
export function drawTarget(seed: number): Target {
  const draw = new RandomDraw(~seed);
  const chip = presetChip(draw.pick(["sn40l", "sn40l", "mini-8x8"]));
  return {
    chip,
    seed: draw.pick([0, 0, 1 + draw.nat(1000)]),
    fusion: draw.pick(["streaming", "streaming", "streaming", "conventional"]),
    symbolic: draw.nat(3) === 0,
  };
}
