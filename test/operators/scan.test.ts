import { parseGraph } from "@rdu/ir";
import { evaluateGraph } from "@rdu/reference";
import { fromBigints, fromNumbers, type Tensor, toNumbers } from "@rdu/tensor";
import { describe, expect, it } from "vitest";
import { readInline } from "../support/decompose-node.ts";
import { integers } from "./sample.ts";

function run(text: string, inputs: Readonly<Record<string, Tensor>>): ReadonlyMap<string, Tensor> {
  const graph = parseGraph(text);
  return evaluateGraph(graph, new Map(Object.entries(inputs)), { readConstant: readInline }) as Map<string, Tensor>;
}

describe("scans and loops", () => {
  it("version 8 puts zeros after a sequence shorter than the longest", () => {
    const outputs = run(
      `graph g(%lengths: i64[2], %h: f32[2,1], %x: f32[2,3,1]) -> (%last, %all) {
  %last: f32[2,1], %all: f32[2,3,1] = Scan@8(%lengths, %h, %x) [num_scan_inputs=1] {
    body = graph b(%s: f32[1], %e: f32[1]) -> (%t, %o) {
      %t = Add@7(%s, %e)
      %o = Neg@6(%t)
    }
  }
}`,
      {
        lengths: integers([1, 3]),
        h: fromNumbers("float32", [2, 1], [0, 0]),
        x: fromNumbers("float32", [2, 3, 1], [1, 2, 3, 4, 5, 6]),
      },
    );
    expect([...toNumbers(outputs.get("last")!)]).toEqual([1, 15]);
    expect(outputs.get("all")!.shape).toEqual([2, 3, 1]);
    expect([...toNumbers(outputs.get("all")!)]).toEqual([-1, 0, 0, -4, -9, -15]);
  });

  it("stacks nothing along the axis asked for", () => {
    const outputs = run(
      `graph g(%h: f32[2], %x: f32[0,2]) -> (%last, %all) {
  %last: f32[2], %all: f32[2,0] = Scan@16(%h, %x) [num_scan_inputs=1, scan_output_axes=[1]] {
    body = graph b(%s: f32[2], %e: f32[2]) -> (%t, %o) {
      %t = Add@14(%s, %e)
      %o = Neg@13(%t)
    }
  }
}`,
      { h: fromNumbers("float32", [2], [1, 2]), x: fromNumbers("float32", [0, 2], []) },
    );
    expect(outputs.get("all")!.shape).toEqual([2, 0]);
  });

  it("a loop that never ran gives no steps of what its body would have given", () => {
    const outputs = run(
      `graph g(%n: i64[], %h: f32[2], %w: f16[3]) -> (%last, %all) {
  %last: f32[2], %all: f16[steps,3] = Loop@16(%n, _, %h) {
    body = graph b(%i, %c, %s: f32[2]) -> (%c, %t, %o) {
      %t = Neg@13(%s)
      %o = Neg@13(%w)
    }
  }
}`,
      {
        n: fromBigints("int64", [], [0n]),
        h: fromNumbers("float32", [2], [1, 2]),
        w: fromNumbers("float16", [3], [1, 2, 3]),
      },
    );
    expect(outputs.get("last")!.shape).toEqual([2]);
    expect([outputs.get("all")!.dtype, ...outputs.get("all")!.shape]).toEqual(["float16", 0, 3]);
  });
});
