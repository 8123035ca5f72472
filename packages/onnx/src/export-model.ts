import {
  type Attribute,
  type Constant,
  type Graph,
  type Node,
  printNodeText,
  type ValueId,
  type ValueType,
} from "@rdu/ir";
import { DTYPES, fromBytes, toPackedBytes } from "@rdu/tensor";
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  TensorProto,
  TypeProto,
} from "./proto-types.ts";

/** Domain of the nodes that ONNX has no word for. */
const OWN_DOMAIN = "rdu";
/** Key of a node's metadata that holds all ONNX nodes it came from; the first one is its name. */
const ORIGIN_KEY = "rdu.origin";
const SECTION_KEY = "rdu.section";

/**
 * A graph as an ONNX model, so that viewers open it at any level: operators as themselves; patterns, views, joins and host
 * calls as nodes of the domain "rdu" that carry their text. Weights in memory are included, weights in files referred to.
 *
 * A graph of operators comes back from `importModel` equal when all operators of a domain have one version, as a model
 * says it once for each domain; of several, the newest is written.
 */
export function exportModel(graph: Graph): ModelProto {
  const versions = new Map<string, number>([["", 1]]);
  const proto = exportGraph(graph, versions);
  const opsetImport = [...versions].map(([domain, version]): OperatorSetIdProto => ({ domain, version }));
  return { irVersion: irVersionFor(graph), producerName: "rdu", graph: proto, opsetImport };
}

/** Old readers refuse new versions of the file, so the newest is written only for element types that need it. */
function irVersionFor(graph: Graph): number {
  const dtypes = new Set([...graph.types.values()].map((type) => (type.kind === "tensor" ? type.dtype : undefined)));
  if (dtypes.has("int2") || dtypes.has("uint2")) return 13;
  return dtypes.has("float8e8m0") ? 12 : dtypes.has("float4e2m1") ? 11 : 10;
}

function exportGraph(graph: Graph, versions: Map<string, number>): GraphProto {
  const valueInfo = (id: ValueId) => {
    const type = graph.types.get(id);
    return { name: id, ...(type === undefined ? {} : { type: exportType(type) }) };
  };
  const declared = new Set([...graph.inputs, ...graph.outputs, ...graph.constants.map(({ id }) => id)]);
  return {
    name: graph.name,
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
    valueInfo: [...graph.types.keys()].filter((id) => !declared.has(id)).map(valueInfo),
    initializer: graph.constants.map((constant) => exportTensor(constant, constant.id)),
    node: graph.nodes.map((node) => exportNode(node, graph, versions)),
  };
}

function exportNode(node: Node, graph: Graph, versions: Map<string, number>): NodeProto {
  const metadataProps = [
    ...(node.origin.length > 1 ? [{ key: ORIGIN_KEY, value: JSON.stringify(node.origin) }] : []),
    ...(node.section === undefined ? [] : [{ key: SECTION_KEY, value: node.section }]),
  ];
  const common = {
    name: node.origin[0] ?? "",
    input: node.inputs.map((input) => input ?? ""),
    output: node.outputs.map((output) => output ?? ""),
    ...(metadataProps.length === 0 ? {} : { metadataProps }),
  };
  if (node.kind === "operator") {
    const dot = node.op.lastIndexOf(".");
    const domain = node.op.slice(0, Math.max(dot, 0));
    versions.set(domain, Math.max(node.version, versions.get(domain) ?? 0));
    const attribute = Object.entries(node.attributes).map(([name, value]) => exportAttribute(name, value, versions));
    return { ...common, opType: node.op.slice(dot + 1), ...(domain === "" ? {} : { domain }), attribute };
  }
  versions.set(OWN_DOMAIN, 1);
  const opType = node.kind === "host" ? `Host ${node.op}` : OWN_TYPES[node.kind];
  const text = textAttribute("text", printNodeText(node, graph.types));
  const reason = node.kind === "host" ? [textAttribute("reason", node.reason)] : [];
  return { ...common, opType, domain: OWN_DOMAIN, attribute: [text, ...reason] };
}

const OWN_TYPES = { pattern: "Pattern", view: "View", join: "Join" } as const;

function textAttribute(name: string, text: string): AttributeProto {
  return { name, type: 3, s: new TextEncoder().encode(text) };
}

function exportAttribute(name: string, attribute: Attribute, versions: Map<string, number>): AttributeProto {
  switch (attribute.kind) {
    case "float":
      return { name, type: 1, f: attribute.value };
    case "int":
      return { name, type: 2, i: attribute.value };
    case "string":
      return textAttribute(name, attribute.value);
    case "tensor":
      return { name, type: 4, t: exportTensor(attribute.value, attribute.value.id) };
    case "graph":
      return { name, type: 5, g: exportGraph(attribute.value, versions) };
    case "floats":
      return { name, type: 6, floats: attribute.value };
    case "ints":
      return { name, type: 7, ints: attribute.value };
    case "strings":
      return { name, type: 8, strings: attribute.value.map((text) => new TextEncoder().encode(text)) };
    case "tensors":
      return { name, type: 9, tensors: attribute.value.map((tensor) => exportTensor(tensor, tensor.id)) };
    case "graphs":
      return { name, type: 10, graphs: attribute.value.map((graph) => exportGraph(graph, versions)) };
    case "type":
      return { name, type: 13, tp: exportType(attribute.value) };
  }
}

function exportTensor({ type, source }: Constant, name: string): TensorProto {
  const common = { name, dims: (type.shape ?? []).map(Number), dataType: DTYPES[type.dtype].onnx };
  switch (source.kind) {
    case "strings":
      return { ...common, stringData: source.strings.map((text) => new TextEncoder().encode(text)) };
    case "inline":
      return { ...common, rawData: packed(type.dtype, common.dims, source.bytes) };
    case "file":
      return {
        ...common,
        dataLocation: 1,
        externalData: [
          { key: "location", value: source.location },
          { key: "offset", value: String(source.offset) },
          { key: "length", value: String(source.length) },
        ],
      };
  }
}

function packed(dtype: Constant["type"]["dtype"], shape: readonly number[], bytes: Uint8Array): Uint8Array {
  return DTYPES[dtype].bits >= 8 ? bytes : toPackedBytes(fromBytes(dtype, shape, bytes));
}

function exportType(type: ValueType): TypeProto {
  if (type.kind === "sequence") return { sequenceType: { elemType: exportType(type.element) } };
  if (type.kind === "optional") return { optionalType: { elemType: exportType(type.element) } };
  if (type.kind === "map") {
    return { mapType: { keyType: DTYPES[type.key].onnx, valueType: exportType(type.element) } };
  }
  const elemType = DTYPES[type.dtype].onnx;
  if (type.shape === null) return { tensorType: { elemType } };
  const dim = type.shape.map((extent) =>
    extent === null ? {} : typeof extent === "number" ? { dimValue: extent } : { dimParam: extent },
  );
  return { tensorType: { elemType, shape: { dim } } };
}
