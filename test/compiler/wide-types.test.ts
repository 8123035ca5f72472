import { encodeModel, type ValueInfoProto } from "@rdu/onnx";
import { compile, load, type Tensor } from "@rdu/sdk";
import { DTYPES, type DType, fromBigints, fromNumbers } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { int, model, node } from "../support/onnx-model.ts";

/** Types that lanes lack, through compiler, PEF and both engines: no host call, and not a bit lost. */
const BEYOND = [2n ** 53n + 1n, -(2n ** 62n) - 3n, 2n ** 32n, -1n];

const value = (name: string, dtype: DType, dims: readonly number[]): ValueInfoProto => ({
  name,
  type: { tensorType: { elemType: DTYPES[dtype].onnx, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

interface Case {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly opset?: number;
  readonly attributes?: ReturnType<typeof int>[];
}

const i64 = (values: readonly bigint[], shape = [values.length]): Tensor => fromBigints("int64", shape, values);
const u64 = (values: readonly bigint[]): Tensor => fromBigints("uint64", [values.length], values);
const f64 = (values: readonly number[]): Tensor => fromNumbers("float64", [values.length], Float64Array.from(values));
const wrap = (values: readonly bigint[]): bigint[] => values.map((each) => BigInt.asIntN(64, each));
const two = i64([3n, 5n, -7n, 2n ** 40n]);
const [a, b] = [BEYOND, [3n, 5n, -7n, 2n ** 40n]];
const pair = (f: (x: bigint, y: bigint) => bigint): Tensor => i64(wrap(a.map((x, i) => f(x, b[i] ?? 1n))));

const CASES: Readonly<Record<string, Case>> = {
  "int64 sum": { op: "Add", inputs: [i64(a), two], output: pair((x, y) => x + y) },
  "int64 product wraps at 64 bits": { op: "Mul", inputs: [i64(a), two], output: pair((x, y) => x * y) },
  "int64 quotient": { op: "Div", inputs: [i64(a), two], output: pair((x, y) => x / y) },
  "int64 maximum": { op: "Max", inputs: [i64(a), two], output: pair((x, y) => (x > y ? x : y)) },
  "int64 matrix product": {
    op: "MatMul",
    inputs: [i64([2n ** 40n, 3n], [1, 2]), i64([2n ** 20n, 1n], [2, 1])],
    output: i64([2n ** 60n + 3n], [1, 1]),
  },
  "int64 comparison looks at all 64 bits": {
    op: "Less",
    inputs: [i64([2n ** 53n, 2n ** 53n + 1n]), i64([2n ** 53n + 1n, 2n ** 53n])],
    output: fromNumbers("bool", [2], [1, 0]),
  },
  "int64 gather": { op: "Gather", inputs: [i64(a), i64([2n, -4n])], output: i64([a[2] ?? 0n, a[0] ?? 0n]) },
  "int64 to int32 keeps the low bits": {
    op: "Cast",
    inputs: [i64([2n ** 40n + 7n, -1n])],
    output: fromNumbers("int32", [2], [7, -1]),
    attributes: [int("to", DTYPES.int32.onnx)],
  },
  "int64 to float64 and no further than its precision": {
    op: "Cast",
    inputs: [i64([2n ** 53n + 1n, 2n ** 53n + 2n])],
    output: f64([2 ** 53, 2 ** 53 + 2]),
    attributes: [int("to", DTYPES.float64.onnx)],
  },
  "uint64 beyond the signed half": {
    op: "Add",
    inputs: [u64([2n ** 63n, 2n ** 64n - 1n]), u64([5n, 1n])],
    output: u64([2n ** 63n + 5n, 0n]),
  },
  "float64 sum in double precision": {
    op: "Add",
    inputs: [f64([1, 1e300]), f64([2 ** -50, 1e290])],
    output: f64([1 + 2 ** -50, 1e300 + 1e290]),
  },
  "float64 product in double precision": {
    op: "Mul",
    inputs: [f64([1 + 2 ** -40]), f64([1 + 2 ** -30])],
    output: f64([(1 + 2 ** -40) * (1 + 2 ** -30)]),
  },
  "float8 to float32": {
    op: "Cast",
    opset: 19,
    inputs: [fromNumbers("float8e4m3fn", [3], [448, -0.001953125, Number.NaN])],
    output: fromNumbers("float32", [3], [448, -0.001953125, Number.NaN]),
    attributes: [int("to", DTYPES.float32.onnx)],
  },
  "float32 to float8 saturates": {
    op: "Cast",
    opset: 19,
    inputs: [fromNumbers("float32", [3], [1e9, -17, 0.3])],
    output: fromNumbers("float8e4m3fn", [3], [448, -16, 0.3125]),
    attributes: [int("to", DTYPES.float8e4m3fn.onnx)],
  },
  "int4 to int8 keeps the sign": {
    op: "Cast",
    opset: 21,
    inputs: [fromNumbers("int4", [3], [-8, 7, -1])],
    output: fromNumbers("int8", [3], [-8, 7, -1]),
    attributes: [int("to", DTYPES.int8.onnx)],
  },
};

describe("types that lanes lack survive the chip", () => {
  for (const [name, { op, inputs, output, opset = 17, attributes = [] }] of Object.entries(CASES)) {
    test(name, async () => {
      const names = inputs.map((_, index) => `x${index}`);
      const bytes = encodeModel({
        ...model({
          node: [node(op, names, ["y"], { attribute: attributes })],
          input: inputs.map(({ dtype, shape }, index) => value(`x${index}`, dtype, shape)),
          output: [value("y", output.dtype, output.shape)],
        }),
        opsetImport: [{ domain: "", version: opset }],
      });
      const { pef, report } = await compile(bytes);
      expect(report.hostCalls).toEqual([]);
      const program = await load(pef);
      for (const engine of ["exact", "fast"] as const) {
        const {
          outputs: { y },
        } = await program.run(Object.fromEntries(inputs.map((x, i) => [`x${i}`, x])), { engine });
        expect(y, engine).toEqual(output);
      }
    });
  }
});
