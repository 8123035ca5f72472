import { reject } from "@rdu/diagnostics";
import { type Attribute, type Constant, tensorConstant, type ValueId } from "@rdu/ir";
import type { GraphParts } from "./import-context.ts";

/** A Constant node is its value. Rejects with E0303 unless exactly one of its value attributes is given. */
export function importConstantNode(
  outputs: readonly (ValueId | null)[],
  attributes: ReadonlyMap<string, Attribute>,
  parts: GraphParts,
): void {
  const [id] = outputs;
  if (!id) return;
  const [given, ...more] = [...attributes].filter(([name]) => name.includes("value"));
  if (given === undefined || more.length > 0) reject("E0303", "a Constant needs exactly one value");
  const constant = constantOf(id, given[0], given[1]);
  parts.constants.push(constant);
  parts.types.set(id, constant.type);
}

function constantOf(id: ValueId, name: string, attribute: Attribute): Constant {
  switch (attribute.kind) {
    case "tensor":
      return { ...attribute.value, id };
    case "int":
      return tensorConstant(id, { dtype: "int64", shape: [], data: BigInt64Array.of(attribute.value) });
    case "ints":
      return tensorConstant(id, {
        dtype: "int64",
        shape: [attribute.value.length],
        data: BigInt64Array.from(attribute.value),
      });
    case "float":
      return tensorConstant(id, { dtype: "float32", shape: [], data: Float32Array.of(attribute.value) });
    case "floats":
      return tensorConstant(id, {
        dtype: "float32",
        shape: [attribute.value.length],
        data: Float32Array.from(attribute.value),
      });
    case "string":
      return tensorConstant(id, { dtype: "string", shape: [], data: [attribute.value] });
    case "strings":
      return tensorConstant(id, { dtype: "string", shape: [attribute.value.length], data: [...attribute.value] });
    default:
      return reject("E0303", `attribute "${name}" of a Constant is a ${attribute.kind}`);
  }
}
