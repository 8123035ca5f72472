import type fc from "fast-check";
import type { SectionCase } from "./section-builder.ts";
import { convolutionSection } from "./sections/convolution.ts";
import { gatherSection } from "./sections/gather.ts";
import { gemmSection } from "./sections/gemm.ts";
import { layoutSection } from "./sections/layout.ts";
import { mapSection } from "./sections/map.ts";
import { partitionSection } from "./sections/partition.ts";
import { reduceSection } from "./sections/reduce.ts";
import { softmaxSection } from "./sections/softmax.ts";

/** Every kind of section that lowering makes, small and random. */
export const SECTION_KINDS: Readonly<Record<string, fc.Arbitrary<SectionCase>>> = {
  map: mapSection,
  reduce: reduceSection,
  gemm: gemmSection,
  convolution: convolutionSection,
  gather: gatherSection,
  layout: layoutSection,
  partition: partitionSection,
  softmax: softmaxSection,
};
