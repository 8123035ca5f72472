import type { Mapping, MappingContext, Template } from "./mapping.ts";
import type { Nest } from "./nest.ts";
import { laneReduce, map, scan, treeReduce } from "./simd.ts";
import { systolic } from "./systolic.ts";

/** Every mapping template, the best first: the first that takes a nest maps it. */
export const templates: readonly Template[] = [systolic, scan, laneReduce, treeReduce, map];

/** The mapping of a nest; null when no template takes it. */
export function mapNest(nest: Nest, context: MappingContext): Mapping | null {
  for (const template of templates) {
    const mapping = template.match(nest, context);
    if (mapping !== null) return mapping;
  }
  return null;
}
