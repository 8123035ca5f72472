import { fromNumbers } from "@rdu/tensor";
import { sameDecomposition, writePart } from "./compose.ts";
import type { Decompose } from "./decompose.ts";
import { GATHERS } from "./gather.ts";
import { GENERATORS } from "./generate.ts";
import { LAYOUTS } from "./layout.ts";
import { QUANTIZATIONS } from "./quantization.ts";

const range: Decompose = (b) => {
  const step = b.optional(2) ?? b.table("step", fromNumbers(b.output().dtype, [], [1]));
  return writePart(b, GENERATORS, { op: "Range", inputs: [b.input(0), b.input(1), step], outputs: [b.output()] });
};

/** Operators of ONNX Runtime that became standard ones, or widen the types of a standard one. */
// biome-ignore format: a table
export const ALIASES: Readonly<Record<string, Decompose>> = {
  "com.microsoft.Trilu": sameDecomposition(LAYOUTS, "Trilu"),
  "com.microsoft.Pad": sameDecomposition(LAYOUTS, "Pad"),
  "com.microsoft.GatherND": sameDecomposition(GATHERS, "GatherND"),
  "com.microsoft.QuantizeLinear": sameDecomposition(QUANTIZATIONS, "QuantizeLinear"),
  "com.microsoft.DequantizeLinear": sameDecomposition(QUANTIZATIONS, "DequantizeLinear"),
  "com.microsoft.Range": range,
};
