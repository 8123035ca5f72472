import type { Chip } from "@rdu/chip";
import type { Flow } from "@rdu/flow";
import { constantTensor, type Graph, type Node, type OperatorNode, type ValueId, type ValueType } from "@rdu/ir";
import { lower } from "@rdu/lowering";
import { attributesOf, decompose, inferGraph, meaningOf } from "@rdu/ops";
import { compileFast, exact } from "@rdu/simulator";
import { DTYPES, elementCount, fromBytes, type Tensor, toBytes } from "@rdu/tensor";

/** How operators are grouped into sections: each its own, or all in one. */
export type Sections = "each" | "one";

const readConstant = (constant: Graph["constants"][number]): Tensor =>
  constantTensor(constant, () => {
    throw new Error("no files");
  });

/** The graph at the patterns level, operators decomposed and nothing fused. */
export function toPatterns(source: Graph, sections: Sections): Graph {
  const { graph } = inferGraph(source, { readConstant });
  const types = new Map<ValueId, ValueType>(graph.types);
  const constants = [...graph.constants];
  const nodes = graph.nodes.flatMap((node, index): Node[] => {
    const operator = node as OperatorNode;
    const { row, signature } = meaningOf(operator);
    if (row.decompose === undefined) throw new Error(`${operator.op} has no decomposition`);
    const attributes = attributesOf(operator, signature, readConstant, (message) => {
      throw new Error(message);
    });
    const constant = (id: ValueId): Tensor | undefined => {
      const found = constants.find((candidate) => candidate.id === id);
      return found === undefined ? undefined : readConstant(found);
    };
    const result = decompose(row.decompose, { node: operator, attributes, types, constant });
    if (result.kind === "host") throw new Error(`${operator.op} goes to the host: ${result.reason}`);
    for (const [id, type] of result.types) types.set(id, type);
    constants.push(...result.constants);
    return result.nodes.map((made) => ({ ...made, section: sections === "one" ? "s" : `s${index}` }));
  });
  return { ...graph, constants, nodes, types };
}

/** Runs every section of a flow on an engine. Placement has no part in it: no address is shared. */
export function runFlow(
  flow: Flow,
  inputs: ReadonlyMap<string, Tensor>,
  engine: "exact" | "fast" = "exact",
): Map<string, Tensor> {
  const symbols = new Map(flow.symbols.map((symbol) => [symbol.name, symbol]));
  const memory = new Map<string, Uint8Array>();
  const bytesOf = (name: string): Uint8Array => {
    const known = memory.get(name);
    if (known !== undefined) return known;
    const symbol = symbols.get(name);
    if (symbol === undefined) throw new Error(`no symbol ${name}`);
    const given = inputs.get(name);
    const bytes =
      symbol.alias !== undefined
        ? bytesOf(symbol.alias)
        : given !== undefined
          ? toBytes(given).slice()
          : symbol.source?.kind === "inline"
            ? symbol.source.bytes
            : new Uint8Array(elementCount(symbol.shape) * DTYPES[symbol.dtype].bytes);
    memory.set(name, bytes);
    return bytes;
  };
  for (const { name } of flow.symbols) bytesOf(name);
  for (const call of flow.schedule) {
    const section = flow.sections.find(({ name }) => call.kind === "section" && name === call.section);
    if (section === undefined) throw new Error("a host call in a test flow");
    if (engine === "exact") exact(section, symbols, memory);
    else compileFast(section, symbols).run(memory);
  }
  return new Map(flow.symbols.map(({ name, dtype, shape }) => [name, fromBytes(dtype, shape, bytesOf(name))]));
}

export function lowerAndRun(
  source: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  sections: Sections,
  chip: Chip,
): { readonly flow: Flow; readonly outputs: Map<string, Tensor> } {
  const flow = lower(toPatterns(source, sections), chip);
  const all = runFlow(flow, inputs);
  return { flow, outputs: new Map(source.outputs.map((name) => [name, all.get(name) as Tensor])) };
}
