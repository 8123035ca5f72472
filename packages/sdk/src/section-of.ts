import { didYouMean, reject } from "@rdu/diagnostics";
import type { Graph } from "@rdu/ir";

/** The nodes of a section, with what it takes and what it leaves as inputs and outputs. */
export function sectionOf(graph: Graph, section: string): Graph {
  const nodes = graph.nodes.filter((node) => node.section === section);
  if (nodes.length === 0) noSection(section, [...new Set(graph.nodes.flatMap((node) => node.section ?? []))]);
  const made = new Set(nodes.flatMap(({ outputs }) => outputs.filter((id) => id !== null)));
  const constants = graph.constants.filter(({ id }) => nodes.some(({ inputs }) => inputs.includes(id)));
  const given = new Set(constants.map(({ id }) => id));
  const taken = nodes.flatMap(({ inputs }) => inputs.filter((id) => id !== null && !made.has(id) && !given.has(id)));
  const elsewhere = graph.nodes.filter((node) => node.section !== section).flatMap(({ inputs }) => inputs);
  const left = [...made].filter((id) => elsewhere.includes(id) || graph.outputs.includes(id));
  return {
    ...graph,
    nodes,
    constants,
    inputs: [...new Set(taken.filter((id) => id !== null))],
    outputs: left,
  };
}

export function noSection(name: string, known: readonly string[]): never {
  return reject("E0902", `--section ${name}: there is none of that name`, { hint: didYouMean(name, known) });
}
