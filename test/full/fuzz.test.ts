import { valuesUsedBy } from "@rdu/ir";
import { typeText } from "@rdu/tensor";
import { describe, expect, it } from "vitest";
import { caseOfNode } from "../fuzz/case-of-node.ts";
import { drawCase } from "../fuzz/draw-case.ts";
import { drawTarget } from "../fuzz/fuzz-seed.ts";
import type { FuzzCase } from "../fuzz/graph-draft.ts";
import { judgeCase } from "../fuzz/judge-case.ts";
import { disagreement, runOnnxRuntime } from "../fuzz/onnxruntime.ts";
import { knownDifference } from "../fuzz/onnxruntime-differences.ts";

describe("random graphs", () => {
  it.each(Array.from({ length: 20 }, (_, block) => 1 + 10 * block))("seeds from %i on", async (first) => {
    for (let seed = first; seed < first + 10; seed += 1) {
      const { failure } = await judgeCase(drawCase(seed), drawTarget(seed));
      expect(failure, `seed ${seed}`).toBeUndefined();
    }
  });
});

const GRAPHS = 300;

interface Opinions {
  /** Graphs that it took whole, and nodes that it took at all. */
  graphs: number;
  nodes: number;
  readonly operators: Set<string>;
  /** Nodes left out for a known difference. */
  known: number;
}

describe("ONNX Runtime as a third opinion", () => {
  it("the reference agrees with it on every random graph, or node of one, that it accepts", {
    timeout: 1_800_000,
  }, async () => {
    const tally: Opinions = { graphs: 0, nodes: 0, operators: new Set(), known: 0 };
    const differences: string[] = [];
    let all = 0;
    for (let seed = 20_001; seed <= 20_000 + GRAPHS; seed += 1) {
      const fuzz = drawCase(seed);
      all += fuzz.graph.nodes.length;
      const difference = await opinionOn(fuzz, tally);
      if (difference !== undefined) differences.push(`seed ${seed}: ${difference}`);
    }
    console.log(
      `ONNX Runtime took ${tally.graphs} of ${GRAPHS} graphs whole, ${tally.nodes} of ${all} nodes of ${tally.operators.size} operators; ` +
        `${tally.known} nodes are known to differ`,
    );
    expect(differences).toEqual([]);
    // It has no kernels for bfloat16, few for float16, and none for the training operators: a quarter of the nodes.
    expect(tally.nodes).toBeGreaterThan(0.7 * all);
    expect(tally.operators.size).toBeGreaterThan(120);
    expect(tally.known).toBeLessThan(0.03 * all);
    expect(tally.graphs).toBeGreaterThan(0.35 * GRAPHS);
  });
});

function operandText({ values }: FuzzCase, ids: readonly (string | null)[]): string {
  const operand = (id: string | null): string => {
    const value = id === null ? undefined : values.get(id);
    return value === undefined ? "_" : typeText(value.dtype, value.shape);
  };
  return ids.map(operand).join(" ");
}

/** Between operators of float16 it keeps single precision, where a tensor of float16 is what the graph says. */
function keepsHalves({ graph }: FuzzCase): boolean {
  return graph.nodes.some(({ outputs }) =>
    outputs.some((id) => {
      const type = id === null ? undefined : graph.types.get(id);
      return type?.kind === "tensor" && type.dtype === "float16";
    }),
  );
}

/** The first disagreement on the whole graph; on its nodes one by one, from the reference's values, where it does not take the whole. */
async function opinionOn(fuzz: FuzzCase, tally: Opinions): Promise<string | undefined> {
  const nodes = fuzz.graph.nodes.filter((node) => node.kind === "operator");
  const operands = (ids: readonly (string | null)[]) => ids.map((id) => (id === null ? null : fuzz.values.get(id)!));
  const compared = nodes.filter((node) => knownDifference(node, operands(node.inputs)) === undefined);
  tally.known += nodes.length - compared.length;
  if (compared.length === nodes.length && !keepsHalves(fuzz)) {
    const outputs = await runOnnxRuntime(fuzz);
    if (typeof outputs !== "string") {
      tally.graphs += 1;
      tally.nodes += nodes.length;
      for (const { op } of nodes) tally.operators.add(op);
      return disagreement(fuzz, outputs);
    }
  }
  for (const node of compared) {
    // Subgraphs that look at the graph around have no meaning without it.
    if (valuesUsedBy(node).some((id) => !node.inputs.includes(id))) continue;
    const single = caseOfNode(fuzz, node);
    const outputs = await runOnnxRuntime(single);
    if (typeof outputs === "string") continue;
    tally.nodes += 1;
    tally.operators.add(node.op);
    const difference = disagreement(single, outputs);
    if (difference !== undefined) return `${node.op} of ${operandText(fuzz, node.inputs)}: ${difference}`;
  }
  return undefined;
}
