import { F64_FUNCTIONS, type LaneValue, meaningOf, roundTo } from "@rdu/arithmetic";
import { invariant, reject } from "@rdu/diagnostics";
import { type DType, decodeTable, encodeSmallFloat, isSmallFloat } from "@rdu/tensor";
import type { FunctionImport } from "./wasm/module.ts";
import type { WasmType } from "./wasm/opcodes.ts";

interface HostFunction extends FunctionImport {
  readonly run: (...operands: number[]) => number | undefined;
}

const SMALL_FLOATS: readonly DType[] = [
  "float16",
  "bfloat16",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "float8e8m0",
  "float4e2m1",
];

/** What kernels leave to the host: the f64 functions, exact remainders, rare conversions, and the report of an index out of range. */
const HOST_FUNCTIONS: readonly HostFunction[] = [
  host("rem", ["f64", "f64"], "f64", (a, b) => a! % b!),
  ...Object.entries(F64_FUNCTIONS).map(([name, run]) =>
    run.length === 2
      ? host(name, ["f64", "f64"], "f64", run as HostFunction["run"])
      : host(name, ["f64"], "f64", run as HostFunction["run"]),
  ),
  ...SMALL_FLOATS.flatMap((dtype) => {
    invariant(isSmallFloat(dtype), () => `${dtype} is a small float`);
    const saturate = meaningOf({ op: "saturate", type: "f32", operands: [0], storage: dtype });
    return [
      host(`round_${dtype}`, ["f32"], "f32", (value) => roundTo(value!, dtype)),
      host(`saturate_${dtype}`, ["f32"], "f32", (value) => saturate(value as LaneValue, 0, 0) as number),
      host(`encode_${dtype}`, ["f32"], "i32", (value) => encodeSmallFloat(dtype, value!, { saturate: false })),
      host(`decode_${dtype}`, ["i32"], "f32", (code) => decodeTable(dtype)[code!]!),
    ];
  }),
];

function host(name: string, params: readonly WasmType[], result: WasmType, run: HostFunction["run"]): HostFunction {
  return { name, signature: { params, results: [result] }, run };
}

const INDEX_FAILURE: FunctionImport = {
  name: "index_failure",
  signature: { params: ["f64", "i32", "i32"], results: [] },
};

/** What every kernel module imports, in order. */
export const IMPORTS: readonly FunctionImport[] = [INDEX_FAILURE, ...HOST_FUNCTIONS];

const PLACE_OF = new Map(IMPORTS.map(({ name }, index) => [name, index]));

/** The number by which code calls a host function. */
export function hostFunction(name: string): number {
  const place = PLACE_OF.get(name);
  invariant(place !== undefined, () => `no host function ${name}`);
  return place;
}

/** The import object of a module, without its memory. @param owners names of units by number, for errors. */
export function hostImports(owners: readonly string[]): Record<string, WebAssembly.ImportValue> {
  const failure = (index: number, bound: number, owner: number): never =>
    reject("E0807", `index ${index} is outside 0 .. ${bound - 1} in ${owners[owner]}`);
  return Object.fromEntries([
    [INDEX_FAILURE.name, failure],
    ...HOST_FUNCTIONS.map(({ name, run }): [string, WebAssembly.ImportValue] => [name, run]),
  ]);
}
