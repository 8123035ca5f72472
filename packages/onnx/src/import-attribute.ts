import { reject } from "@rdu/diagnostics";
import type { Attribute, Graph } from "@rdu/ir";
import type { Environment } from "./import-context.ts";
import { importSparseTensor } from "./import-sparse.ts";
import { importTensor } from "./import-tensor.ts";
import { importType } from "./import-type.ts";
import type { AttributeProto, GraphProto, TensorProto } from "./proto-types.ts";
import { toBigint, toText } from "./wire.ts";

/** Imports a subgraph that stands in the attribute `attribute`. Handed in, since graphs and attributes hold each other. */
export type ImportSubgraph = (graph: GraphProto, attribute: string, environment: Environment) => Graph;

/**
 * An attribute and its name; undefined when it refers to an attribute that the function call leaves out. Rejects with
 * E0303 what cannot be read.
 */
export function importAttribute(
  proto: AttributeProto,
  environment: Environment,
  importSubgraph: ImportSubgraph,
): readonly [string, Attribute] | undefined {
  const name = proto.name ?? "";
  if (name === "") reject("E0303", "an attribute has no name");
  if (proto.refAttrName) {
    if (environment.bindings === undefined) {
      reject("E0303", `attribute "${name}" refers to "${proto.refAttrName}" outside a function`);
    }
    const binding = environment.bindings.get(proto.refAttrName);
    if (binding === undefined) return undefined;
    const renamed = { ...readable(binding.attribute), name };
    return importAttribute(renamed, binding.environment, importSubgraph);
  }
  const kind = proto.type ? KIND_OF_CODE.get(proto.type) : guessedKind(proto);
  if (kind === undefined) {
    const found = proto.type ? `type code ${proto.type}` : "no type and no value";
    reject("E0303", `attribute "${name}" has ${found}`);
  }
  return [name, attributeOf(kind, name, proto, environment, importSubgraph)];
}

type Kind = Attribute["kind"] | "sparseTensor";

/** AttributeProto.AttributeType. Lists of sparse tensors and of types occur in no operator. */
const KIND_OF_CODE: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [1, "float"],
  [2, "int"],
  [3, "string"],
  [4, "tensor"],
  [5, "graph"],
  [6, "floats"],
  [7, "ints"],
  [8, "strings"],
  [9, "tensors"],
  [10, "graphs"],
  [11, "sparseTensor"],
  [13, "type"],
]);

/** Files of IR version 1 carry no type: the field that is there tells it. */
function guessedKind(proto: AttributeProto): Kind | undefined {
  if (proto.t) return "tensor";
  if (proto.g) return "graph";
  if (proto.sparseTensor) return "sparseTensor";
  if (proto.tp) return "type";
  if (proto.floats?.length) return "floats";
  if (proto.ints?.length) return "ints";
  if (proto.strings?.length) return "strings";
  if (proto.tensors?.length) return "tensors";
  if (proto.graphs?.length) return "graphs";
  if (Object.hasOwn(proto, "i")) return "int";
  if (Object.hasOwn(proto, "s")) return "string";
  return Object.hasOwn(proto, "f") ? "float" : undefined;
}

function attributeOf(
  kind: Kind,
  name: string,
  proto: AttributeProto,
  environment: Environment,
  importSubgraph: ImportSubgraph,
): Attribute {
  const missing = (): never => reject("E0303", `attribute "${name}" says that it is a ${kind} but holds none`);
  const tensor = (held: TensorProto) => importTensor(held.name ?? "", held, environment.context.externalLength);
  switch (kind) {
    // proto2 leaves out a value equal to its default when the exporter used a proto3 library.
    case "int":
      return { kind, value: BigInt.asIntN(64, toBigint(proto.i ?? 0)) };
    case "float":
      return { kind, value: proto.f ?? 0 };
    case "string":
      return { kind, value: toText(proto.s ?? new Uint8Array()) };
    case "ints":
      return { kind, value: (proto.ints ?? []).map((value) => BigInt.asIntN(64, toBigint(value))) };
    case "floats":
      return { kind, value: [...(proto.floats ?? [])] };
    case "strings":
      return { kind, value: (proto.strings ?? []).map(toText) };
    case "tensor":
      return { kind, value: tensor(proto.t ?? missing()) };
    case "tensors":
      return { kind, value: (proto.tensors ?? []).map(tensor) };
    case "sparseTensor":
      return { kind: "tensor", value: importSparseTensor("", proto.sparseTensor ?? missing()) };
    case "graph":
      return { kind, value: importSubgraph(proto.g ?? missing(), name, environment) };
    case "graphs":
      return {
        kind,
        value: (proto.graphs ?? []).map((graph, index) => importSubgraph(graph, `${name}_${index}`, environment)),
      };
    case "type":
      return { kind, value: importType(proto.tp ?? missing()) ?? missing() };
  }
}

/** The own fields of a message, whose defaults live on its prototype and must not become values. */
function readable(proto: AttributeProto): AttributeProto {
  return { ...proto };
}
