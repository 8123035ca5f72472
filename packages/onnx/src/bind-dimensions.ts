import { counted, didYouMean, reject } from "@rdu/diagnostics";
import { type Dim, type Graph, mapSubgraphs, subgraphsOf, type ValueId, type ValueType } from "@rdu/ir";
import { typeText } from "@rdu/tensor";

/**
 * The graph with its symbolic dimensions bound to lengths, in inputs and everywhere else the names occur. Keys of `dims`
 * are names of dimensions, or `INPUT:AXIS` for one that has no name. `batchSize` binds what the leading dimension of
 * each input is called where `dims` does not. Symbols that occur in no input stand for what inference finds out, and become
 * unknown.
 *
 * Rejects with E0203, listing all of them, when dimensions of inputs stay open; with E0902 a name that does not occur.
 */
export function bindDimensions(graph: Graph, dims: Readonly<Record<string, number>> = {}, batchSize?: number): Graph {
  const open = openDimensions(graph);
  const lengths = new Map<string, number>();
  for (const [name, length] of Object.entries(dims)) {
    if (!Number.isSafeInteger(length) || length < 0) reject("E0902", `--dim ${name}=${length}: not a length`);
    if (!open.some((dim) => dim.key === name || dim.place === name) && !symbolsOf(graph).has(name)) {
      const known = [...new Set(open.map(({ key }) => key))];
      reject("E0902", `--dim ${name}=${length}: the model has no dimension of that name`, {
        hint: didYouMean(name, known),
      });
    }
    lengths.set(name, length);
  }
  // INPUT:AXIS may name a dimension that also has a symbol: the symbol is then bound with it.
  for (const { key, place } of open) {
    const length = lengths.get(place);
    if (length !== undefined && !lengths.has(key)) lengths.set(key, length);
  }
  if (batchSize !== undefined) bindBatch(graph, open, lengths, batchSize);
  rejectOpen(
    graph,
    open.filter(({ key }) => !lengths.has(key)),
  );
  return bindTypes(graph, lengths, new Set(graph.inputs));
}

/** The types of a graph and of those in its attributes, which speak of the same symbols. */
function bindTypes(graph: Graph, lengths: ReadonlyMap<string, number>, inputs: ReadonlySet<ValueId>): Graph {
  const inside = (subgraph: Graph): Graph => bindTypes(subgraph, lengths, NONE);
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.kind !== "operator" || subgraphsOf(node).length === 0
        ? node
        : { ...node, attributes: mapSubgraphs(node.attributes, inside) },
    ),
    types: new Map(
      [...graph.types].map(([id, type]) => [id, bindType(type, lengths, inputs.has(id) ? id : undefined)]),
    ),
  };
}

const NONE: ReadonlySet<ValueId> = new Set();

interface OpenDimension {
  readonly input: ValueId;
  readonly axis: number;
  /** `input:axis`. */
  readonly place: string;
  /** The symbol, or the place of an unnamed dimension. */
  readonly key: string;
}

/** Dimensions of graph inputs without a length, in order. Items of a sequence may differ in theirs, so those are nobody's to bind. */
function openDimensions(graph: Graph): OpenDimension[] {
  return graph.inputs.flatMap((input) => {
    const type = graph.types.get(input);
    return (type?.kind === "tensor" ? (type.shape ?? []) : []).flatMap((dim, axis) => {
      const place = `${input}:${axis}`;
      return typeof dim === "number" ? [] : [{ input, axis, place, key: dim ?? place }];
    });
  });
}

function symbolsOf(graph: Graph): ReadonlySet<string> {
  const symbols = new Set<string>();
  for (const type of graph.types.values()) {
    for (const dim of innermost(type)?.shape ?? []) if (typeof dim === "string") symbols.add(dim);
  }
  return symbols;
}

function bindBatch(
  graph: Graph,
  open: readonly OpenDimension[],
  lengths: Map<string, number>,
  batchSize: number,
): void {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) reject("E0902", `batch size ${batchSize}`);
  const leading = open.filter(({ axis }) => axis === 0);
  for (const { key, place } of leading) {
    if (!lengths.has(key) && !lengths.has(place)) lengths.set(key, batchSize);
  }
  if (leading.length > 0) return;
  const fixed = graph.inputs.flatMap((input) => innermost(graph.types.get(input))?.shape?.slice(0, 1) ?? []);
  if (fixed.length > 0 && fixed.every((dim) => dim === batchSize)) return;
  reject("E0902", `batch size ${batchSize}: the leading dimension of every input has a fixed length`, {
    notes: graph.inputs.map((input) => inputText(graph, input)),
    hint: "export the model with a dynamic batch dimension",
  });
}

function rejectOpen(graph: Graph, open: readonly OpenDimension[]): void {
  if (open.length === 0) return;
  const keys = [...new Set(open.map(({ key }) => key))];
  const inputs = [...new Set(open.map(({ input }) => input))];
  const options = keys.map((key) => `--dim ${/^[\w.:/-]+$/.test(key) ? key : JSON.stringify(key)}=N`).join(" ");
  const batch = open.some(({ axis }) => axis === 0) ? "; -b N binds the leading one of each input" : "";
  reject("E0203", `${counted(keys.length, "dimension")} of the inputs: ${keys.join(", ")}`, {
    notes: inputs.map((input) => inputText(graph, input)),
    hint: `bind them with ${options}${batch}`,
  });
}

function inputText(graph: Graph, input: ValueId): string {
  const type = innermost(graph.types.get(input));
  return `input ${input}: ${type === undefined ? "of unknown type" : typeText(type.dtype, type.shape)}`;
}

function bindType(type: ValueType, lengths: ReadonlyMap<string, number>, input: ValueId | undefined): ValueType {
  if (type.kind !== "tensor") return { ...type, element: bindType(type.element, lengths, input) };
  if (type.shape === null || type.shape.every((dim) => typeof dim === "number")) return type;
  const shape = type.shape.map((dim, axis): Dim => {
    const key = dim ?? (input === undefined ? undefined : `${input}:${axis}`);
    return typeof key === "string" ? (lengths.get(key) ?? null) : (key ?? null);
  });
  return { ...type, shape };
}

/** The tensor type inside sequences and optionals. */
function innermost(type: ValueType | undefined): Extract<ValueType, { kind: "tensor" }> | undefined {
  return type === undefined || type.kind === "tensor" ? type : innermost(type.element);
}
