import type { DType } from "@rdu/tensor";
import { affine, counter, domain, program, type Source, type sectionBuilder, wholeTensor } from "../section-builder.ts";

/** Loads a flat tensor once into a memory unit of its own. */
export function whole(
  build: ReturnType<typeof sectionBuilder>,
  symbol: string,
  dtype: DType,
  elements: number,
  width: number,
  reads: Parameters<typeof build.memory>[4],
  indices?: readonly (Source | undefined)[],
): Source[] {
  const flat = domain([counter(elements, width)], 0, 0);
  const all = program(flat, affine([1], 1));
  return build.memory(
    `${symbol}.memory`,
    dtype,
    { elements },
    [[all, build.load(`${symbol}.load`, symbol, all)]],
    reads,
    reads.map((_, read) => wholeTensor(0, read, 1)),
    indices,
  );
}
