import { expect, test } from "vitest";
import { filled } from "../operators/sample.ts";
import { compiled, differences } from "../support/run-graph.ts";

/**
 * Tokens become an image again, all but the first: units that share the rows of each tile of the product write the columns of one buffer in
 * turns, and the one with the first rows writes none for the token that is left out.
 */
const IMAGE = `graph g(%x: f32[50,256], %w: f32[256,64], %k: f32[64,1,3,3]) -> (%y) {
  const %one: i64[1] = [1]
  const %end: i64[1] = [50]
  const %zero: i64[1] = [0]
  const %image: i64[4] = [1, 64, 7, 7]
  %a = MatMul@13(%x, %w)
  %b = Slice@13(%a, %one, %end, %zero)
  %c = Transpose@13(%b) [perm=[1, 0]]
  %d = Reshape@14(%c, %image)
  %y = Conv@11(%d, %k) [group=64]
}`;

test.each([0, 1, 3] as const)("tokens without the first are an image at -O%s", (optimize) => {
  const inputs = {
    x: filled("float32", [50, 256], 1, "positive"),
    w: filled("float32", [256, 64], 2, "positive"),
    k: filled("float32", [64, 1, 3, 3], 3, "positive"),
  };
  const program = compiled(IMAGE, optimize);
  expect(program.hostCalls).toEqual([]);
  expect(differences(IMAGE, inputs, program.run(inputs, "fast"))).toEqual([]);
});
