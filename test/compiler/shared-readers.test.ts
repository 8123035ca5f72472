import { expect, test } from "vitest";
import { filled } from "../operators/sample.ts";
import { compiled, differences } from "../support/run-graph.ts";

/**
 * Attention of windows as exporters write it. The units of the first product share one read of its operand, so none is more than a few vectors
 * ahead of the others; the scores wait for the keys of all windows, and the values were kept in a buffer of two, which held the keys up as well.
 */
const ATTENTION = `graph g(%x: f32[4,49,24], %w: f32[24,72]) -> (%y) {
  const %apart: i64[5] = [4, 49, 3, 2, 12]
  const %heads: i64[3] = [8, 49, 12]
  const %columns: i64[4] = [4, 2, 12, 49]
  const %c0: i64[1] = [0]
  const %c1: i64[1] = [1]
  const %c2: i64[1] = [2]
  const %c3: i64[1] = [3]
  const %scale: f32[] = [0.0625]
  %a = MatMul@13(%x, %w)
  %b = Reshape@14(%a, %apart)
  %c = Transpose@13(%b) [perm=[2, 0, 3, 1, 4]]
  %q4 = Slice@13(%c, %c0, %c1, %c0)
  %k4 = Slice@13(%c, %c1, %c2, %c0)
  %v4 = Slice@13(%c, %c2, %c3, %c0)
  %q = Squeeze@13(%q4, %c0)
  %k = Squeeze@13(%k4, %c0)
  %v = Squeeze@13(%v4, %c0)
  %k3 = Reshape@14(%k, %heads)
  %kt = Transpose@13(%k3) [perm=[0, 2, 1]]
  %kc = Reshape@14(%kt, %columns)
  %qs = Mul@14(%q, %scale)
  %ks = Mul@14(%kc, %scale)
  %s = MatMul@13(%qs, %ks)
  %p = Softmax@13(%s) [axis=-1]
  %y = MatMul@13(%p, %v)
}`;

test.each([0, 1, 3] as const)("units that share a read keep step at -O%s", (optimize) => {
  const inputs = { x: filled("float32", [4, 49, 24], 1, "positive"), w: filled("float32", [24, 72], 2, "positive") };
  const program = compiled(ATTENTION, optimize);
  expect(program.hostCalls).toEqual([]);
  expect(differences(ATTENTION, inputs, program.run(inputs, "fast"))).toEqual([]);
});
