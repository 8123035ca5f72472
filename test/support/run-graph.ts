import { compileModel } from "@rdu/compiler";
import { invariant } from "@rdu/diagnostics";
import type { OptimizeLevel } from "@rdu/fusion";
import { parseGraph, type ValueId } from "@rdu/ir";
import { evaluateGraph } from "@rdu/reference";
import { load } from "@rdu/runtime";
import { compareTensors, isTensor, type Tensor, type Value } from "@rdu/tensor";
import { readInline } from "./decompose-node.ts";

export type Inputs = Readonly<Record<string, Tensor>>;

/** A graph's text compiled for the chip: host calls with their reasons, and a way to run it. */
export function compiled(text: string, optimize: OptimizeLevel) {
  const environment = {
    readExternal: () => {
      throw new Error("no files");
    },
    version: "test",
  };
  const { pef, report } = compileModel({ kind: "graph", text }, { source: "g.graph", optimize }, environment);
  invariant(pef !== undefined, "a whole compilation gives a PEF");
  return {
    hostCalls: report.hostCalls.map(({ reason }) => reason),
    run: (inputs: Inputs, engine: "fast" | "exact") =>
      load(pef).run(new Map(Object.entries(inputs)), { engine, timing: false }).outputs,
  };
}

/** What is wrong with outputs of the graph, by its reference; empty when nothing is. */
export function differences(text: string, inputs: Inputs, outputs: ReadonlyMap<ValueId, Value>): readonly string[] {
  const graph = parseGraph(text, { file: "g.graph" });
  const expected = evaluateGraph(graph, new Map(Object.entries(inputs)), { readConstant: readInline });
  return [...expected].flatMap(([name, want]) => {
    const found = outputs.get(name);
    invariant(found !== undefined && isTensor(found) && isTensor(want), "the graphs give tensors");
    const { equal, reason } = compareTensors(found, want, { rtol: 1e-5, atol: 1e-6 });
    return equal ? [] : [`${name}: ${reason}`];
  });
}
