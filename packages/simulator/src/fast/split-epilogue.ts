import { type Operand, STORAGE_OF } from "@rdu/arithmetic";
import { type Access, type Kernel, mapForms, type Value } from "./kernel.ts";
import { bufferStorage, type Region, regionOf } from "./region.ts";
import { simplifyKernel } from "./simplify-kernel.ts";

/** Values of an epilogue beyond which it is not repeated for every accumulator of a tile. */
const MOST_VALUES = 24;

/**
 * Sums of products whose epilogue is long: the sums are written to memory, `n` innermost, and a map takes them from there. The code of the
 * epilogue stands once instead of once for each accumulator of each shape of tile. null when the epilogue is short.
 */
export function splitEpilogue(
  kernel: Kernel,
  n: number,
  regions: Region[],
): readonly [sums: Kernel, map: Kernel] | null {
  const [reduction] = kernel.reductions;
  if (kernel.epilogue.length <= MOST_VALUES || reduction === undefined) return null;
  const { type } = reduction;
  const strides = kernel.dims.map(() => 0);
  let elements = 1;
  const parallel = kernel.dims.map((_, dim) => dim).slice(0, kernel.reduceFrom);
  for (const dim of [n, ...parallel.filter((other) => other !== n).reverse()]) {
    strides[dim] = elements;
    elements *= kernel.dims[dim]!.count;
  }
  const storage = bufferStorage(STORAGE_OF[type]);
  const region = regionOf("sums", "buffer", storage, elements);
  regions.push(region);
  const sums: Access = { region, storage, address: { base: 0, strides }, guards: [], fill: 0 };
  const first = kernel.body.length;
  const read: Value = { kind: "read", type, access: sums };
  const map: Kernel = {
    ...kernel,
    lane: n,
    body: kernel.epilogue.map((value) => (value.kind === "total" ? read : renumbered(value, first))),
    reductions: [],
    epilogue: [],
    writes: kernel.writes.map(({ value, targets }) => ({ value: value - first, targets })),
  };
  const outside = mapForms(map, ({ base, strides: all }) => ({ base, strides: all.slice(0, kernel.reduceFrom) }), {
    dims: kernel.dims.slice(0, kernel.reduceFrom),
    reduceFrom: kernel.reduceFrom,
    lane: n,
  });
  return [
    {
      ...kernel,
      epilogue: [{ kind: "total", type, reduction: 0 }],
      writes: [{ value: first, targets: [sums] }],
    },
    simplifyKernel(outside),
  ];
}

function renumbered(value: Value, by: number): Value {
  if (value.kind !== "compute") return value;
  const operands = value.instruction.operands.map(
    (operand): Operand => (typeof operand === "number" ? operand - by : operand),
  );
  return { ...value, instruction: { ...value.instruction, operands } };
}
