import { flexAttention } from "./expand-attention.ts";
import { branch } from "./expand-branch.ts";
import { gradient } from "./expand-gradient.ts";
import { loop } from "./expand-loop.ts";
import { scan } from "./expand-scan.ts";
import { concatFromSequence, sequenceAt, sequenceLength } from "./expand-sequence.ts";
import type { Expander } from "./surroundings.ts";

/** How operators with subgraphs are written out, and those that take tensors out of sequences, by name. */
export const EXPANDERS: ReadonlyMap<string, Expander> = new Map([
  ["If", branch],
  ["Loop", loop],
  ["Scan", scan],
  ["SequenceAt", sequenceAt],
  ["SequenceLength", sequenceLength],
  ["ConcatFromSequence", concatFromSequence],
  ["ai.onnx.preview.FlexAttention", flexAttention],
  ["ai.onnx.preview.training.Gradient", gradient],
]);
