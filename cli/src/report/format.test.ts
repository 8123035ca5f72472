import { expect, test } from "vitest";
import { shortened } from "./format.ts";

test("a long name keeps its ends and the length asked for", () => {
  expect(shortened("/fc/MatMul", 12)).toBe("/fc/MatMul");
  const name = "/encoder/layer.0/attention/self/MatMul";
  expect(shortened(name, 20)).toBe("/enco.../self/MatMul");
  expect(shortened(name, 20)).toHaveLength(20);
});
