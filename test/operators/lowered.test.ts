import { presetChip } from "@rdu/chip";
import {
  type Constant,
  type Graph,
  type Node,
  tensorConstant,
  typeOfValue,
  type ValueId,
  type ValueType,
} from "@rdu/ir";
import { lower } from "@rdu/lowering";
import { compareTensors, isTensor, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import { runFlow } from "../support/lower-and-run.ts";
import { type EvaluatedSample, evaluateSample } from "./evaluate-sample.ts";
import { type Sample, shown } from "./sample.ts";
import { SAMPLES } from "./samples.ts";
import { toleranceOf } from "./tolerance.ts";

const CHIP = presetChip("sn40l");

/** What the patterns of one operator give when they are lowered to units and streams and executed vector by vector. */
describe("lowered operators agree with evaluation", () => {
  for (const [name, samples] of Object.entries(SAMPLES)) {
    it(name, () => {
      fc.assert(
        fc.property(samples, (sample) => {
          const difference = differenceOf(sample);
          if (difference !== undefined) throw new Error(difference);
        }),
        { numRuns: 6 },
      );
    });
  }
});

function differenceOf(sample: Sample): string | undefined {
  const evaluated = evaluateSample(sample);
  const { decomposition, expected, values } = evaluated;
  if (decomposition.kind === "host") return `host: ${decomposition.reason}`;
  const graph = graphOf(evaluated, decomposition.nodes, decomposition.constants, decomposition.types);
  const flow = lower(graph, CHIP);
  const outputs = runFlow(flow, values);
  const fast = runFlow(flow, values, "fast");
  for (const id of graph.outputs) {
    const [want, got] = [expected.get(id), outputs.get(id)];
    if (want === undefined || !isTensor(want)) continue;
    if (got === undefined) return `${id} is missing`;
    const { equal, reason } = compareTensors(got, want, toleranceOf(want));
    const engines = compareTensors(fast.get(id) ?? got, got, { rtol: 0, atol: 0 });
    if (!engines.equal) return `${id}: fast differs from exact: ${engines.reason} for ${shown(sample)}`;
    if (!equal) return `${id}: ${reason} for ${shown(sample)}`;
  }
  return undefined;
}

/** The node's patterns as a graph of one section. */
function graphOf(
  { node, known, values, expected, types }: EvaluatedSample,
  nodes: readonly Node[],
  made: readonly Constant[],
  between: ReadonlyMap<ValueId, ValueType>,
): Graph {
  const given = [...new Set(node.inputs.filter((id) => id !== null))];
  const constants = given.filter((id) => known.has(id)).map((id) => tensorConstant(id, values.get(id) as Tensor));
  const all = new Map<ValueId, ValueType>([...types, ...between]);
  for (const constant of made) all.set(constant.id, constant.type);
  for (const [id, value] of expected) all.set(id, typeOfValue(value));
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    name: "g",
    inputs: given.filter((id) => !known.has(id)),
    outputs: node.outputs.filter((id) => id !== null),
    constants: [...constants, ...made].filter(({ id }) => used.has(id) || node.outputs.includes(id)),
    nodes: nodes.map((each) => ({ ...each, section: "s" })),
    types: all,
  };
}
