import { reject } from "@rdu/diagnostics";
import { type Constant, tensorConstant, type ValueId } from "@rdu/ir";
import { bigintAt, DTYPES, elementCount, rowMajorStrides, scalarCount, typeText, zeros } from "@rdu/tensor";
import { importDims, importTensorValue } from "./import-tensor.ts";
import type { SparseTensorProto } from "./proto-types.ts";

/** A dense form larger than this is refused: a few bytes of sparse tensor can stand for any number of zeros. */
const MOST_DENSE_BYTES = 2 ** 28;

/** The name of a sparse tensor is that of its values. */
export function sparseName(proto: SparseTensorProto): string {
  return proto.values?.name ?? "";
}

/**
 * A sparse tensor as a dense constant. Indices are either linear, shape [count], or one row of coordinates for each
 * value, shape [count, rank]. Rejects with E0108 what disagrees, with E0206 what is too large when dense.
 */
export function importSparseTensor(id: ValueId, proto: SparseTensorProto): Constant {
  if (!proto.values || !proto.indices) reject("E0108", "a sparse tensor needs values and indices");
  const shape = importDims(proto.dims ?? []);
  const values = importTensorValue(proto.values);
  const indices = importTensorValue(proto.indices);
  const type = typeText(values.dtype, shape);
  const count = elementCount(shape);
  if (values.dtype === "string") reject("E0108", "a sparse tensor cannot hold strings");
  if (count * DTYPES[values.dtype].bytes > MOST_DENSE_BYTES)
    reject("E0206", `sparse tensor ${type} is too large when dense`);

  const stored = elementCount(values.shape);
  const linear = indices.shape.length === 1 && indices.shape[0] === stored;
  const rows = indices.shape.length === 2 && indices.shape[0] === stored && indices.shape[1] === shape.length;
  if (indices.dtype !== "int64" || !(linear || rows)) {
    const found = typeText(indices.dtype, indices.shape);
    reject(
      "E0108",
      `${stored} values of ${type} need indices i64[${stored}] or i64[${stored},${shape.length}], found ${found}`,
    );
  }

  const dense = zeros(values.dtype, shape);
  const strides = rowMajorStrides(shape);
  const width = scalarCount(values.dtype, 1);
  for (let at = 0; at < stored; at += 1) {
    let target = 0;
    if (linear) target = Number(bigintAt(indices, at));
    else {
      shape.forEach((extent, axis) => {
        const coordinate = Number(bigintAt(indices, at * shape.length + axis));
        target = coordinate >= 0 && coordinate < extent ? target + coordinate * (strides[axis] ?? 0) : Number.NaN;
      });
    }
    if (!(target >= 0 && target < count)) reject("E0108", `index ${at} of a sparse tensor leaves ${type}`);
    for (let part = 0; part < width; part += 1) {
      const value = values.data[at * width + part];
      if (value !== undefined) dense.data[target * width + part] = value;
    }
  }
  return tensorConstant(id, dense);
}
