import {
  type Attribute,
  attributesOf,
  type Constant,
  type Node,
  replaceUses,
  unionOfOrigins,
  type ValueId,
  withReplacedUses,
} from "@rdu/ir";
import { operatorOf } from "@rdu/ops";
import { type GraphPass, OPTIMIZED_LEVELS } from "./pass.ts";
import { withNodes } from "./with-nodes.ts";

/** Larger constants are not compared: they are weights, and reading them all costs more than a duplicate. */
const LARGEST_COMPARED_BYTES = 4096;

/**
 * Computes equal things once.
 *
 *   %a: f32[4] = Exp(%x)                       %a: f32[4] = Exp(%x)
 *   %b: f32[4] = Exp(%x)            =>         %c: f32[4] = Add(%a, %a)
 *   %c: f32[4] = Add(%a, %b)
 *
 * Equal: same operator, version and attributes on the same operands, and not random. A node that makes a graph output stays.
 */
export const mergeEqualOperators: GraphPass = {
  name: "merge-equal-operators",
  summary: "compute equal things once (common subexpressions)",
  takes: "graph",
  gives: "graph",
  optimize: OPTIMIZED_LEVELS,
  after: { canonicalise: "two names of one value would hide equal operands" },
  run(graph, context) {
    const same = equalConstants(graph.constants, new Set(graph.outputs));
    const first = new Map<string, number>();
    const nodes: Node[] = [];
    const outputs = new Set(graph.outputs);
    for (const node of graph.nodes) {
      const current = withReplacedUses(node, same);
      const key = keyOf(current);
      const at = key === undefined ? undefined : first.get(key);
      const earlier = at === undefined ? undefined : nodes[at];
      const staying = current.outputs.some((output) => output !== null && outputs.has(output));
      if (at === undefined || earlier === undefined || staying || !covers(earlier, current)) {
        if (key !== undefined && at === undefined) first.set(key, nodes.length);
        nodes.push(current);
        continue;
      }
      current.outputs.forEach((output, index) => {
        const replacement = earlier.outputs[index] ?? null;
        if (output !== null && replacement !== null) same.set(output, replacement);
      });
      nodes[at] = { ...earlier, origin: unionOfOrigins([current.origin, earlier.origin]) };
      context.record({
        nodes: current.origin,
        rule: "merge-equal-operators",
        verdict: "taken",
        reason: `computes the same as ${earlier.origin.join(", ")}`,
      });
    }
    if (same.size === 0) return graph;
    const replaced = replaceUses({ ...graph, nodes }, same);
    return withNodes(replaced, replaced.nodes);
  },
};

function equalConstants(constants: readonly Constant[], outputs: ReadonlySet<ValueId>): Map<ValueId, ValueId> {
  const first = new Map<string, ValueId>();
  const same = new Map<ValueId, ValueId>();
  for (const { id, type, source } of constants) {
    if (source.kind !== "inline" || source.bytes.length > LARGEST_COMPARED_BYTES || outputs.has(id)) continue;
    const key = `${type.dtype}[${type.shape?.join(",")}]${hex(source.bytes)}`;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, id);
    else same.set(id, earlier);
  }
  return same;
}

/** Every output that the later node is asked for, the earlier one gives. */
function covers(earlier: Node, later: Node): boolean {
  return later.outputs.every((output, index) => output === null || (earlier.outputs[index] ?? null) !== null);
}

/** Undefined for what is never equal to anything: random operators, and those with subgraphs, whose captures hide in names. */
function keyOf(node: Node): string | undefined {
  if (node.kind !== "operator" || operatorOf(node.op)?.random === true) return undefined;
  const attributes = Object.entries(attributesOf(node)).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = attributes.map(([name, attribute]) => `${name}=${attributeKey(attribute)}`);
  if (parts.some((part) => part.endsWith("?"))) return undefined;
  return JSON.stringify([node.op, node.version, node.inputs, parts, node.section ?? null]);
}

function attributeKey(attribute: Attribute): string {
  switch (attribute.kind) {
    case "int":
    case "string":
      return `${attribute.kind} ${attribute.value}`;
    case "float":
      return `float ${floatKey(attribute.value)}`;
    case "floats":
      return `floats ${attribute.value.map(floatKey).join(",")}`;
    case "ints":
      return `ints ${attribute.value.join(",")}`;
    case "strings":
      return `strings ${JSON.stringify(attribute.value)}`;
    default:
      return "?";
  }
}

function floatKey(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
