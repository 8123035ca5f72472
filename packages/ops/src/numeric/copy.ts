import { invariant } from "@rdu/diagnostics";
import {
  allocate,
  DTYPES,
  type DType,
  elementCount,
  rowMajorStrides,
  type Tensor,
  type TensorData,
  tensor,
} from "@rdu/tensor";
import { coalesce, eachRow } from "./walk.ts";

/** Storage as words that copy without looking at what they hold (so NaN payloads survive); `per` words an element. */
interface Words {
  readonly words: Uint8Array | Uint16Array | Uint32Array | string[];
  readonly per: number;
}

function wordsOf(dtype: DType, data: TensorData): Words {
  if (Array.isArray(data)) return { words: data, per: 1 };
  const { bytes } = DTYPES[dtype];
  const { buffer, byteOffset, byteLength } = data;
  if (bytes === 1) return { words: new Uint8Array(buffer, byteOffset, byteLength), per: 1 };
  if (bytes === 2) return { words: new Uint16Array(buffer, byteOffset, byteLength / 2), per: 1 };
  return { words: new Uint32Array(buffer, byteOffset, byteLength / 4), per: bytes / 4 };
}

/**
 * The box of `shape` whose element [i, j, ...] is the source's element number `offset + i * strides[0] + j * strides[1] + ...`:
 * Transpose, Slice, Expand, Split and their like. Strides may be zero or negative.
 */
export function copyBox(source: Tensor, shape: readonly number[], strides: readonly number[], offset = 0): Tensor {
  const target = tensor(source.dtype, shape, allocate(source.dtype, elementCount(shape)));
  moveBox(source, strides, offset, target, rowMajorStrides(shape), 0, shape);
  return target;
}

/** Writes all of `source` into the box of `target` that starts at element `offset` with these strides. */
export function pasteBox(target: Tensor, source: Tensor, strides: readonly number[], offset: number): void {
  moveBox(source, rowMajorStrides(source.shape), 0, target, strides, offset, source.shape);
}

/** Copies a box of `shape` between two tensors of one element type. */
export function moveBox(
  source: Tensor,
  sourceStrides: readonly number[],
  sourceOffset: number,
  target: Tensor,
  targetStrides: readonly number[],
  targetOffset: number,
  shape: readonly number[],
): void {
  invariant(source.dtype === target.dtype, () => `copy of ${source.dtype} into ${target.dtype}`);
  if (shape.includes(0)) return;
  const from = wordsOf(source.dtype, source.data);
  const to = wordsOf(target.dtype, target.data);
  const { per } = from;
  const scale = (strides: readonly number[]): number[] =>
    per === 1 ? [...strides] : [...strides.map((stride) => stride * per), 1];
  const walk = coalesce(per === 1 ? shape : [...shape, per], [scale(sourceStrides), scale(targetStrides)]);
  const length = walk.shape.at(-1) ?? 1;
  const fromStep = walk.strides[0]!.at(-1) ?? 0;
  const toStep = walk.strides[1]!.at(-1) ?? 0;
  const fromWords = from.words as Uint32Array;
  const toWords = to.words as Uint32Array;
  eachRow(walk.shape, walk.strides, (offsets) => {
    let i = offsets[0]! + sourceOffset * per;
    let o = offsets[1]! + targetOffset * per;
    if (fromStep === 1 && toStep === 1 && length > 32 && !Array.isArray(from.words)) {
      toWords.set(fromWords.subarray(i, i + length), o);
      return;
    }
    for (let n = 0; n < length; n += 1) {
      toWords[o] = fromWords[i]!;
      i += fromStep;
      o += toStep;
    }
  });
}

/** The tensor whose element number n is the source's element number `indices[n]`; a negative number leaves zero. */
export function takeElements(source: Tensor, shape: readonly number[], indices: ArrayLike<number>): Tensor {
  const target = tensor(source.dtype, shape, allocate(source.dtype, elementCount(shape)));
  const from = wordsOf(source.dtype, source.data);
  const to = wordsOf(target.dtype, target.data);
  const { per } = from;
  for (let n = 0; n < indices.length; n += 1) {
    const i = indices[n]!;
    if (i < 0) continue;
    for (let word = 0; word < per; word += 1) to.words[n * per + word] = from.words[i * per + word]!;
  }
  return target;
}

/** A copy with storage of its own, to be written into. */
export function duplicate(source: Tensor): Tensor {
  return tensor(source.dtype, source.shape, source.data.slice() as TensorData);
}

/** A tensor of one element repeated. */
export function filled(value: Tensor, shape: readonly number[]): Tensor {
  return copyBox(
    value,
    shape,
    shape.map(() => 0),
  );
}
