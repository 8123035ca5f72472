import { type Graph, type Node, type PatternNode, producers, unionOfOrigins, type ValueId } from "@rdu/ir";
import { withNodes } from "../with-nodes.ts";
import { expressionsIn, mapExpressions, type PatternDraft, type ReadExpression } from "./draft.ts";
import { draftOf, patternOf } from "./register-form.ts";

/** A node of the graph together with its draft, while a pass is at work. */
export interface Reader {
  readonly node: PatternNode;
  readonly draft: PatternDraft;
}

/** What takes the place of a read: another draft, and the nodes whose work it now does. */
export interface ReadRewrite {
  readonly draft: PatternDraft;
  readonly absorbed: readonly Node[];
}

/**
 * Walks the patterns in order and lets `rewrite` change a read of something that a node makes, again and again until nothing more
 * changes; producers have been rewritten before their readers. Nodes that lose all their users go.
 */
export function rewriteReaders(
  graph: Graph,
  rewrite: (reader: Reader, read: ReadExpression, maker: Node) => ReadRewrite | undefined,
): Graph {
  const makers = new Map<ValueId, Node>(producers(graph));
  let changed = false;
  const nodes = graph.nodes.map((node) => {
    if (node.kind !== "pattern") return node;
    const result = rewriteOne(node, makers, rewrite);
    if (result === node) return node;
    changed = true;
    for (const output of result.outputs) if (output !== null) makers.set(output, result);
    return result;
  });
  return changed ? withNodes(graph, nodes) : graph;
}

function rewriteOne(
  node: PatternNode,
  makers: ReadonlyMap<ValueId, Node>,
  rewrite: (reader: Reader, read: ReadExpression, maker: Node) => ReadRewrite | undefined,
): PatternNode {
  if (!node.inputs.some((input) => input !== null && makers.has(input))) return node;
  let reader: Reader = { node, draft: draftOf(node) };
  for (let step = rewriteNext(reader, makers, rewrite); step !== undefined; step = rewriteNext(reader, makers, rewrite))
    reader = step;
  if (reader.node === node) return node;
  return reader.node;
}

/** The reader after its first read that can be rewritten; undefined when there is none. */
function rewriteNext(
  reader: Reader,
  makers: ReadonlyMap<ValueId, Node>,
  rewrite: (reader: Reader, read: ReadExpression, maker: Node) => ReadRewrite | undefined,
): Reader | undefined {
  for (const read of expressionsIn(reader.draft)) {
    if (read.kind !== "read") continue;
    const maker = makers.get(read.value);
    const rewritten = maker === undefined ? undefined : rewrite(reader, read, maker);
    if (rewritten === undefined) continue;
    return { node: nodeOf(reader.node, rewritten), draft: rewritten.draft };
  }
  return undefined;
}

function nodeOf(node: PatternNode, { draft, absorbed }: ReadRewrite): PatternNode {
  const origin = unionOfOrigins([...absorbed.map((gone) => gone.origin), node.origin]);
  return { ...node, ...patternOf(draft), origin };
}

/** The draft with one read replaced by another. */
export function withRead(draft: PatternDraft, read: ReadExpression, replacement: ReadExpression): PatternDraft {
  return mapExpressions(draft, (original) => (original === read ? replacement : undefined));
}
