import { type Constant, type Graph, type Node, type OperatorNode, valuesDefinedBy, valuesUsedBy } from "@rdu/ir";
import { cast, isFloat, type Tensor } from "@rdu/tensor";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, operator } from "../operator.ts";

/**
 * The derivative of a value of the surrounding graph, by central differences in double precision: the slow, obvious
 * meaning. Two runs of the graph between for each element.
 */
export const gradient = operator({
  name: "ai.onnx.preview.training.Gradient",
  summary: "derivatives of a value of the surrounding graph with respect to others",
  host: "differentiates the graph around it on the host",
  infer: (c) => c.attributes.strings("xs").map((_, index) => c.type(index)),
  evaluate(c) {
    const names = [...c.attributes.strings("xs"), ...c.attributes.strings("zs", [])];
    const between = graphBetween(c, names, c.attributes.string("y"));
    const given = names.map((_, index) => cast(c.tensor(index), "float64"));
    const total = (inputs: readonly Tensor[]): number =>
      Float64Array.from(numbersOf(c.run(between, inputs)[0] as Tensor)).reduce((sum, value) => sum + value, 0);
    return c.attributes.strings("xs").map((_, index) => {
      const x = given[index]!;
      const slopes = Float64Array.from(numbersOf(x), (value, i) => {
        // About the cube root of the precision, where truncation and rounding errors meet.
        const step = 6e-6 * Math.max(1, Math.abs(value));
        const moved = (by: number): Tensor[] => {
          const data = Float64Array.from(numbersOf(x));
          data[i] = value + by;
          return given.with(index, { ...x, data });
        };
        return (total(moved(step)) - total(moved(-step))) / (2 * step);
      });
      return tensorOf(c.tensor(index).dtype, x.shape, slopes);
    });
  },
});

/** The nodes that lead from `inputs` to `output`, as a graph of its own in which every constant float is a double. */
function graphBetween(c: EvaluateContext, inputs: readonly string[], output: string): Graph {
  const { graph } = c.environment;
  if (graph === undefined) return c.reject("stands in no graph", "E0306");
  const needed = new Set([output]);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!valuesDefinedBy(node).some((name) => needed.has(name) && !inputs.includes(name))) continue;
    nodes.unshift(node);
    for (const name of valuesUsedBy(node)) needed.add(name);
  }
  const constants = graph.constants.filter(({ id }) => needed.has(id) && !inputs.includes(id));
  const widened = constants.map((constant) =>
    isFloat(constant.type.dtype) ? widenedConstant(c, constant) : { constant },
  );
  return {
    name: `${graph.name}.${output}`,
    inputs,
    outputs: [output],
    constants: widened.map(({ constant }) => constant),
    nodes: [...widened.flatMap((one) => ("node" in one ? [one.node] : [])), ...nodes],
    types: new Map(),
  };
}

/** The constant under another name, and a Cast that gives its own name the value in double. */
function widenedConstant(
  c: EvaluateContext,
  constant: Constant,
): { readonly constant: Constant; readonly node: OperatorNode } {
  const id = `${constant.id}.given`;
  const node: OperatorNode = {
    kind: "operator",
    op: "Cast",
    version: 13,
    inputs: [id],
    outputs: [constant.id],
    attributes: { to: { kind: "int", value: 11n } },
    origin: c.node.origin,
  };
  return { constant: { ...constant, id }, node };
}
