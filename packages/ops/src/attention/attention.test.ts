import type { OperatorNode } from "@rdu/ir";
import { fromNumbers, type Tensor } from "@rdu/tensor";
import { expect, test } from "vitest";
import { evaluateNode } from "../evaluate-node.ts";

const column = (...values: readonly number[]): Tensor => fromNumbers("float32", [1, 1, values.length, 1], values);

function attended(precision?: bigint): unknown {
  const node: OperatorNode = {
    kind: "operator",
    op: "Attention",
    version: 24,
    inputs: ["q", "k", "v"],
    outputs: ["y"],
    attributes: {
      scale: { kind: "float", value: 1 },
      ...(precision === undefined ? {} : { softmax_precision: { kind: "int", value: precision } }),
    },
    origin: ["/node"],
  };
  const inputs = [column(1), column(1, 1 + 2 ** -12), column(1, 0)];
  const [y] = evaluateNode(node, inputs, {
    readConstant: () => {
      throw new Error("the node has no constants");
    },
    run: () => [],
  });
  return (y as Tensor).data[0];
}

test("scores take the precision of softmax before their maximum is found", () => {
  // As halves both scores are 1, so each key weighs 1/2; as singles the second is greater.
  expect(attended(10n)).toBe(0.5);
  expect(attended()).toBeLessThan(0.5);
});
