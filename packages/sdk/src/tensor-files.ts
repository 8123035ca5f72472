import { extname } from "node:path";
import { reject } from "@rdu/diagnostics";
import { printType, type ValueType } from "@rdu/ir";
import { decodeDataFile, encodeDataFile } from "@rdu/onnx";
import {
  allocate,
  type DType,
  elementCount,
  isFloat,
  isTensor,
  isWide,
  readNpy,
  readNpz,
  setBigint,
  setNumber,
  type Tensor,
  type Value,
  writeNpy,
} from "@rdu/tensor";
import { readFile, writeFile } from "./files.ts";

/** What an input should be: for values that are made up, and for files that do not say. */
export interface ExpectedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** What a .pb file holds, where it is no tensor in device memory. */
  readonly type?: ValueType;
}

/**
 * The value of an input as the command line names it: a .npy file, an entry of a .npz file (of the input's name, or the only one), an ONNX
 * data file (.pb), or "random" (seeded by the name of the input: the same every time).
 */
export async function readInput(spec: string, expected: ExpectedTensor): Promise<Value> {
  if (spec === "random") {
    const { name, type } = expected;
    if (type !== undefined && type.kind !== "tensor")
      reject("E0810", `${name} takes ${printType(type)}, which is not made up`);
    return randomTensor(expected);
  }
  const bytes = readFile(spec);
  switch (extname(spec)) {
    case ".npy":
      return readNpy(bytes, expected.dtype);
    case ".npz": {
      const entries = await readNpz(bytes);
      const found = entries.get(expected.name) ?? (entries.size === 1 ? [...entries.values()][0] : undefined);
      return (
        found ??
        reject("E0810", `${spec} has no entry ${expected.name}`, { hint: `it has ${[...entries.keys()].join(", ")}` })
      );
    }
    case ".pb":
      return decodeDataFile(bytes, expected.type);
    default:
      return reject("E0810", `${spec}: expected a file that ends in .npy, .npz or .pb, or the word random`);
  }
}

/** Writes a value under a folder: tensors of ordinary types as NAME.npy, all others as ONNX data files NAME.pb. Gives the path. */
export function writeOutput(folder: string, name: string, value: Value): string {
  const stem = `${folder}/${name.replaceAll(/[^A-Za-z0-9_.-]/g, "_")}`;
  const plain = isTensor(value) && value.dtype in NPY_TYPES;
  const path = `${stem}.${plain ? "npy" : "pb"}`;
  writeFile(path, [plain && isTensor(value) ? writeNpy(value) : encodeDataFile(value, name)]);
  return path;
}

const NPY_TYPES: Partial<Record<DType, true>> = {
  float32: true,
  float64: true,
  float16: true,
  int8: true,
  int16: true,
  int32: true,
  int64: true,
  uint8: true,
  uint16: true,
  uint32: true,
  uint64: true,
  bool: true,
};

/** Reproducible values: floats in [-1, 1), integers in 0 .. 9, booleans. */
export function randomTensor({ name, dtype, shape }: ExpectedTensor): Tensor {
  if (dtype === "string") reject("E0810", `${name} takes strings, which are not made up`);
  const count = elementCount(shape);
  const data = allocate(dtype, count);
  let state = [...name].reduce((seed, letter) => Math.imul(seed ^ letter.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let index = 0; index < count; index += 1) {
    const value = next();
    if (isFloat(dtype)) setNumber(dtype, data, index, 2 * value - 1);
    else if (dtype === "bool") setNumber(dtype, data, index, value < 0.5 ? 0 : 1);
    else if (isWide(dtype)) setBigint(dtype, data, index, BigInt(Math.floor(value * 10)));
    else setNumber(dtype, data, index, Math.floor(value * 10));
  }
  return { dtype, shape, data };
}
