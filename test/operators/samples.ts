import type { Attribute } from "@rdu/ir";
import type * as fc from "fast-check";
import { ELEMENTWISE_SAMPLES } from "./elementwise-samples.ts";
import { FEATURE_SAMPLES } from "./feature-samples.ts";
import { KEPT_SAMPLES } from "./kept-samples.ts";
import { LAYOUT_SAMPLES } from "./layout-samples.ts";
import { NORMAL_SAMPLES } from "./normal-samples.ts";
import { QUANTIZED_SAMPLES } from "./quantized-samples.ts";
import { RANDOM_SAMPLES } from "./random-samples.ts";
import type { Sample } from "./sample.ts";
import { STRUCTURED_SAMPLES } from "./structured-samples.ts";
import { VIEW_SAMPLES } from "./view-samples.ts";
import { VISION_SAMPLES } from "./vision-samples.ts";

const { Trilu, GatherND, Pad } = LAYOUT_SAMPLES;
const { QuantizeLinear, DequantizeLinear } = STRUCTURED_SAMPLES;

/** Samples of every operator that has a form on the chip, by its name (and a note behind it where there are several). */
export const SAMPLES: Readonly<Record<string, fc.Arbitrary<Sample>>> = joined(
  ELEMENTWISE_SAMPLES,
  STRUCTURED_SAMPLES,
  VIEW_SAMPLES,
  KEPT_SAMPLES,
  RANDOM_SAMPLES,
  QUANTIZED_SAMPLES,
  NORMAL_SAMPLES,
  VISION_SAMPLES,
  FEATURE_SAMPLES,
  {
    "com.microsoft.Trilu": renamed(Trilu),
    "com.microsoft.GatherND": renamed(GatherND, ({ attributes: { batch_dims } = {} }) => isZero(batch_dims), [
      "batch_dims",
    ]),
    "com.microsoft.Pad": renamed(Pad, ({ attributes: { mode } = {} }) => !isText(mode, "wrap")),
    "com.microsoft.QuantizeLinear": renamed(QuantizeLinear, ({ inputs }) => inputs.length > 2),
    "com.microsoft.DequantizeLinear": renamed(DequantizeLinear),
  },
);

const isZero = (attribute: Attribute | undefined): boolean => attribute?.kind === "int" && attribute.value === 0n;
const isText = (attribute: Attribute | undefined, value: string): boolean =>
  attribute?.kind === "string" && attribute.value === value;

/** Operators of ONNX Runtime that are the standard's under their own name, for what both take. */
function renamed(
  samples: fc.Arbitrary<Sample> | undefined,
  takes: (sample: Sample) => boolean = () => true,
  without: readonly string[] = [],
): fc.Arbitrary<Sample> {
  if (samples === undefined) throw new Error("no samples to rename");
  return samples.filter(takes).map(({ opset: _, attributes = {}, ...sample }) => ({
    ...sample,
    op: `com.microsoft.${sample.op}`,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !without.includes(name))),
  }));
}

function joined(
  ...tables: readonly Readonly<Record<string, fc.Arbitrary<Sample>>>[]
): Record<string, fc.Arbitrary<Sample>> {
  const all: Record<string, fc.Arbitrary<Sample>> = {};
  for (const [name, samples] of tables.flatMap((table) => Object.entries(table))) {
    if (all[name] !== undefined) throw new Error(`two samples are named "${name}"`);
    all[name] = samples;
  }
  return all;
}
