import { CompileError } from "@rdu/diagnostics";
import { parseGraph, verify } from "@rdu/ir";
import { encodeModel, exportModel, importModel } from "@rdu/onnx";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, checkAgainstOnnxProto, checkImport, modelsUnder } from "../support/import-check.ts";

const FIXTURES = new URL("../../fixtures/models/", import.meta.url).pathname;

describe("our own models", () => {
  test.each(modelsUnder(FIXTURES))("%s imports, prints, exports and comes back", (path) => {
    checkImport(FIXTURES, path);
    checkAgainstOnnxProto(FIXTURES, path);
  });
});

describe("damaged files", () => {
  const whole = bytesOf(FIXTURES, "residual_mlp/torchscript/model.onnx");
  const small = encodeModel(
    exportModel(
      parseGraph(`graph g(%x: f32[2,n], %s: seq(i64[])) -> (%y) {
    const %w: f32[2,2] = [1.0, 2.0, 3.0, 4.0]
    const %t: str[1] = ["text"]
    %h: f32[2,n] = Gemm@13(%x, %w) [alpha=0.5, names=["a"], perm=[1, 0], value=tensor %"": i4[3] = [1, -2, 3]]
    %y = If@13(%h) {
      then_branch = graph t() -> (%a) {
        %a = Relu@13(%h)
      }
    }
  }`),
    ),
  );

  const importOrRefuse = (bytes: Uint8Array): void => {
    try {
      verify(importModel(bytes, { keepSymbolic: true }), "imported");
    } catch (error) {
      expect(error).toBeInstanceOf(CompileError);
    }
  };

  test("every truncation of a small file, and a thousand of a large one", () => {
    for (let length = 0; length < small.length; length += 1) importOrRefuse(small.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(whole.length), (length) => importOrRefuse(whole.subarray(0, length))),
      { numRuns: 300 },
    );
  });

  test("changed bytes", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.boolean(), changes, (large, edits) => {
        const bytes = (large ? whole : small).slice();
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        importOrRefuse(bytes);
      }),
      { numRuns: 1500 },
    );
  });

  test("any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), importOrRefuse), { numRuns: 1000 });
  });
});
