import type { OperatorNode } from "@rdu/ir";
import { seedOf } from "../numeric/generator.ts";

/** The seed that the node gives (a float attribute), or one from its place, so that a run can be repeated. */
export function randomSeed({ attributes, origin }: Pick<OperatorNode, "attributes" | "origin">): number {
  const { seed: given } = attributes;
  if (given?.kind === "float" || given?.kind === "int") return seedOf(String(given.value));
  return seedOf(origin.join("/"));
}
