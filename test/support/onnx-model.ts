import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "@rdu/onnx";

/** Small ONNX messages for tests, as plain data. */

export const OPSET_17 = [{ domain: "", version: 17 }];

/** A float32 value; a dimension is a length, a symbol, or "" for an unknown one. */
export function float(name: string, ...shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((extent) =>
    typeof extent === "number" ? { dimValue: extent } : extent === "" ? {} : { dimParam: extent },
  );
  return { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  more: Partial<NodeProto> = {},
): NodeProto {
  return { opType, input, output, ...more };
}

export function int(name: string, i: number): AttributeProto {
  return { name, type: 2, i };
}

/** An attribute of type int that refers to one of the function around. */
export function reference(name: string, refAttrName: string): AttributeProto {
  return { name, refAttrName, type: 2 };
}

/** float32[3] unless said otherwise. */
export function tensor(name: string, more: Partial<TensorProto>): TensorProto {
  return { name, dims: [3], dataType: 1, ...more };
}

export function model(graph: GraphProto, functions: readonly FunctionProto[] = []): ModelProto {
  return { irVersion: 10, opsetImport: OPSET_17, graph: { name: "g", ...graph }, functions };
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
