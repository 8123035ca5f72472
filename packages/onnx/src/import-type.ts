import { reject } from "@rdu/diagnostics";
import type { Dim, TensorType, ValueType } from "@rdu/ir";
import { DTYPES, type DType, dtypeOfOnnx, isInteger } from "@rdu/tensor";
import type { DimensionProto, TypeProto } from "./proto-types.ts";
import { toSafeInteger } from "./wire.ts";

/**
 * The type that a TypeProto declares. Undefined when it declares nothing, which some exporters do. Rejects with E0305
 * types that no value here can have (sparse and opaque types, unknown element types).
 */
export function importType(type: TypeProto): ValueType | undefined {
  if (present(type.tensorType)) {
    const { elemType, shape } = type.tensorType;
    if (!elemType) return undefined;
    return {
      kind: "tensor",
      dtype: importDtype(elemType),
      shape: present(shape) ? (shape.dim ?? []).map(importDim) : null,
    };
  }
  if (present(type.sequenceType)) return { kind: "sequence", element: elementType(type.sequenceType.elemType) };
  if (present(type.optionalType)) return { kind: "optional", element: elementType(type.optionalType.elemType) };
  if (present(type.mapType)) {
    const { keyType, valueType } = type.mapType;
    if (!keyType) reject("E0107", "a map type does not say of which type its keys are");
    return { kind: "map", key: keyDtype(keyType), element: elementType(valueType) };
  }
  if (present(type.sparseTensorType)) reject("E0305", "values of sparse tensor type are not supported");
  if (present(type.opaqueType)) reject("E0305", "opaque types are not supported");
  return undefined;
}

/** The element type of a TensorProto.DataType code. */
export function importDtype(code: number): DType {
  const dtype = dtypeOfOnnx(code);
  if (dtype !== undefined) return dtype;
  return reject("E0305", `element type code ${code}`);
}

/** The type of a map's keys. */
export function keyDtype(code: number): DType {
  const key = importDtype(code);
  return isInteger(key) || key === "string" ? key : reject("E0305", `a map has keys of ${DTYPES[key].short}`);
}

export function unknownTensor(dtype: DType): TensorType {
  return { kind: "tensor", dtype, shape: null };
}

/** Lengths as numbers, names as they are, everything else (negative, empty) as unknown. */
function importDim({ dimValue, dimParam }: DimensionProto): Dim {
  if (dimParam) return dimParam;
  if (!present(dimValue)) return null;
  const length = toSafeInteger(dimValue);
  return length !== undefined && length >= 0 ? length : null;
}

function elementType(type: TypeProto | null | undefined): ValueType {
  const element = present(type) ? importType(type) : undefined;
  return element ?? reject("E0107", "a sequence, optional or map type does not say of what");
}

function present<Field>(field: Field): field is NonNullable<Field> {
  return field !== undefined && field !== null;
}
