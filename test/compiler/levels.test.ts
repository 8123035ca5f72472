import { readFileSync } from "node:fs";
import {
  type Compilation,
  type CompileEnvironment,
  type CompileOptions,
  type CompileSource,
  compileModel,
} from "@rdu/compiler";
import { CompileError } from "@rdu/diagnostics";
import { payloadsOf, printGraph } from "@rdu/ir";
import { describe, expect, test } from "vitest";

const model = new Uint8Array(
  readFileSync(new URL("../../fixtures/models/residual_mlp/torchscript_batch/model.onnx", import.meta.url)),
);
const options: CompileOptions = { source: "residual_mlp.onnx", batchSize: 2 };
const environment: CompileEnvironment = {
  readExternal: () => {
    throw new Error("the fixture keeps its weights inside");
  },
  version: "test",
};

function compiled(
  source: CompileSource,
  more: CompileOptions = {},
  to?: Parameters<typeof compileModel>[3],
): Compilation {
  return compileModel(source, { ...options, ...more }, environment, to);
}

function bytesOf({ bytes }: Compilation): Buffer {
  return Buffer.concat(bytes ?? []);
}

describe("levels of a compilation", () => {
  // No operator makes it and no memory holds it: without a call of its own the run ended with "y was never made".
  test("a constant of strings that is an output comes from a call that carries it", () => {
    const text = 'graph g() -> (%y) {\n  const %y: str[2] = ["a", "b"]\n}\n';
    const { flow } = compiled({ kind: "graph", text, findPayload: () => undefined }, { batchSize: 1 });
    expect(flow?.schedule).toMatchObject([{ kind: "host", name: "y", inputs: [], outputs: ["y"] }]);
  });

  test("the same model and options give the same bytes", () => {
    const first = bytesOf(compiled({ kind: "onnx", bytes: model }));
    expect(first.equals(bytesOf(compiled({ kind: "onnx", bytes: model })))).toBe(true);
    expect(first.equals(bytesOf(compiled({ kind: "onnx", bytes: model }, { seed: 1 })))).toBe(false);
  });

  test.each(["graph", "patterns"] as const)(
    "a compilation left at %s and entered again ends in the same flow",
    (to) => {
      const { graph } = compiled({ kind: "onnx", bytes: model }, {}, to);
      if (graph === undefined) throw new Error("no graph");
      const payloads = payloadsOf(graph);
      const again = compiled({ kind: "graph", text: printGraph(graph), findPayload: (digest) => payloads.get(digest) });
      const whole = compiled({ kind: "onnx", bytes: model });
      expect(again.flow).toEqual(whole.flow);
      expect(again.placed).toEqual(whole.placed);
    },
  );

  test("each pass dumps one numbered file, in order", () => {
    const files: string[] = [];
    compileModel({ kind: "onnx", bytes: model }, options, {
      ...environment,
      sink: { dump: (file) => files.push(file) },
    });
    expect(files).toMatchInlineSnapshot(`
      [
        "00-import.graph",
        "01-infer-shapes.graph",
        "02-fold-constants.graph",
        "03-expand-control-flow.graph",
        "04-fold-constants.graph",
        "05-canonicalise.graph",
        "06-eliminate-dead-code.graph",
        "07-merge-equal-operators.graph",
        "08-group-by-rules.graph",
        "09-decompose.graph",
        "10-narrow-floats.graph",
        "11-fold-views.graph",
        "12-fold-index-maps.graph",
        "13-fuse-epilogues.graph",
        "14-inline-maps.graph",
        "15-fuse-epilogues.graph",
        "16-cut-sections.graph",
        "17-lower.flow",
        "18-place.place",
      ]
    `);
  });

  test("a text that breaks the rules of its level is refused as the user's fault", () => {
    const text = "graph g(%x: f32[2]) -> (%y) {\n  %y: f32[3] = view(%x)\n}\n";
    expect(() => compiled({ kind: "graph", text })).toThrow(CompileError);
  });
});
