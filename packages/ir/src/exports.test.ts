import { expect, test } from "vitest";
import { parseGraph } from "./text/parse-graph.ts";
import { graphToDot } from "./to-dot.ts";
import { graphToJson } from "./to-json.ts";

const graph = parseGraph(`graph g(%x: f32[2]) -> (%y) {
  const %b: f32[2] = [1.0, nan]
  section s0 {
    %y: f32[2] = pattern(%x, %b) for i in 2 {  // at "/a \\"b\\""
      r0 = %0[i]
      r1 = %1[i] else -inf
      r2 = add.f32 r0, r1
      yield r2 as f32[2] at [i]
    }
  }
}
`);

test("Graphviz", () => {
  expect(graphToDot(graph)).toMatchInlineSnapshot(`
    "digraph "g" {
      rankdir=TB;
      node [shape=box, fontname="sans-serif"];
      input0 [label="x\\nf32[2]", shape=ellipse];
      subgraph "cluster_s0" {
        label="s0";
        node0 [label="i 2\\n/a \\"b\\"", style=rounded];
      }
      output0 [label="y\\nf32[2]", shape=ellipse];
      input0 -> node0 [label="x\\nf32[2]"];
      node0 -> output0;
    }
    "
  `);
});

test("JSON", () => {
  expect(JSON.stringify(graphToJson(graph))).toMatchInlineSnapshot(
    `"{"name":"g","inputs":[{"name":"x","type":"f32[2]"}],"outputs":[{"name":"y","type":"f32[2]"}],"constants":[{"name":"b","type":"f32[2]","source":{"kind":"inline","length":8,"sha256":"c5a9838fc5dcd30b553f91b142049c4fd057c83c043c7534ef12c4bc9439041d"}}],"nodes":[{"kind":"pattern","section":"s0","inputs":["x","b"],"outputs":[{"name":"y","type":"f32[2]"}],"pattern":{"loops":[{"name":"i","extent":2,"kind":"parallel"}],"body":[{"kind":"read","read":{"operand":0,"index":[{"constant":0,"loops":[{"loop":0,"coefficient":1}]}]}},{"kind":"read","read":{"operand":1,"index":[{"constant":0,"loops":[{"loop":0,"coefficient":1}]}],"otherwise":"-Infinity"}},{"kind":"compute","instruction":{"op":"add","type":"f32","operands":[0,1]}}],"reductions":[],"epilogue":[],"results":[{"register":2,"dtype":"float32","shape":[2],"index":[{"constant":0,"loops":[{"loop":0,"coefficient":1}]}]}]},"origin":["/a \\"b\\""]}]}"`,
  );
});
