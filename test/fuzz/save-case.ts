import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printGraph } from "@rdu/ir";
import { encodeDataFile, encodeModel, exportModel } from "@rdu/onnx";
import type { FuzzCase } from "./graph-draft.ts";

/** Writes a case as others have them: `model.onnx` with a test data set beside it, the graph as text, and what was found. */
export function saveCase(folder: string, { graph, inputs, values }: FuzzCase, finding: string): void {
  const data = join(folder, "test_data_set_0");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(folder, "model.onnx"), encodeModel(exportModel(graph)));
  writeFileSync(join(folder, "model.graph"), printGraph(graph));
  writeFileSync(join(folder, "finding.txt"), `${finding}\n`);
  [...inputs].forEach(([id, value], index) => {
    writeFileSync(join(data, `input_${index}.pb`), encodeDataFile(value, id));
  });
  graph.outputs.forEach((id, index) => {
    writeFileSync(join(data, `output_${index}.pb`), encodeDataFile(values.get(id)!, id));
  });
}
