import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "./graph-builder.ts";
import { capturedValues, neededValues, producers, users } from "./queries.ts";
import { renameValues, replaceUses, withoutDead } from "./rewrite.ts";
import { nodesOnCycles, sortNodes } from "./sort-nodes.ts";
import { parseGraph } from "./text/parse-graph.ts";
import { printGraph } from "./text/print-graph.ts";
import { verify } from "./verify/verify.ts";

/** %a is used by a node, captured by a branch, and returned from another branch as it is. */
const graph = parseGraph(`graph g(%x: f32[2], %c: bool[]) -> (%y, %a) {
  const %w: f32[1] = [1.0]
  const %unused: f32[1] = [2.0]
  %a: f32[2] = Relu@13(%x)
  %dead: f32[2] = Add@13(%a, %unused)
  %b: f32[2] = Add@13(%a, %w)
  %y: f32[2] = If@13(%c) {
    then_branch = graph then() -> (%t) {
      %t = Add@13(%a, %b)
    }
    else_branch = graph else() -> (%a) {
    }
  }
}
`);

describe("queries", () => {
  test("captures are uses", () => {
    expect(
      users(graph)
        .get("a")
        ?.map(({ outputs }) => outputs[0]),
    ).toEqual(["dead", "b", "y"]);
    expect(producers(graph).get("y")?.kind).toBe("operator");
    expect([...neededValues(graph)].sort()).toEqual(["a", "b", "c", "w", "x", "y"]);
    expect(capturedValues(graph)).toEqual([]);
  });
});

describe("rewriting", () => {
  test("dead nodes and constants go, captured ones stay", () => {
    const alive = withoutDead(graph);
    expect(alive.nodes.map(({ outputs }) => outputs[0])).toEqual(["a", "b", "y"]);
    expect(alive.constants.map(({ id }) => id)).toEqual(["w"]);
    expect([...alive.types.keys()].sort()).toEqual(["a", "b", "c", "w", "x", "y"]);
    expect(withoutDead(alive)).toBe(alive);
  });

  test("renaming reaches definitions, uses, captures and outputs", () => {
    const renamed = renameValues(graph, new Map([["a", "relu"]]));
    expect(printGraph(renamed)).toBe(
      printGraph(graph)
        .replaceAll("%a,", "%relu,")
        .replaceAll("%a)", "%relu)")
        .replace("%a:", "%relu:")
        .replace("(%x)\n  %dead", "(%x)  // at a\n  %dead"),
    );
    expect(renameValues(renamed, new Map([["relu", "a"]]))).toEqual(graph);
  });

  test("replacing uses follows chains and leaves outputs alone", () => {
    const replaced = replaceUses(
      graph,
      new Map([
        ["b", "a"],
        ["a", "x"],
      ]),
    );
    expect(replaced.outputs).toEqual(["y", "a"]);
    expect(users(replaced).get("a")).toBeUndefined();
    expect(
      users(replaced)
        .get("x")
        ?.map(({ outputs }) => outputs[0]),
    ).toEqual(["a", "dead", "b", "y"]);
    expect(verify(replaced, "imported")).toEqual([]);
  });

  test("names that a subgraph defines itself are its own", () => {
    const shadowing = parseGraph(`graph g(%x, %c) -> (%y) {
      %y = If@13(%c) {
        then_branch = graph then() -> (%x) {
          %x = Relu@13(%c)
        }
      }
    }`);
    expect(replaceUses(shadowing, new Map([["x", "c"]]))).toEqual(shadowing);
  });
});

describe("order", () => {
  test("any shuffle sorts into a legal order, a legal order stays, a cycle is found", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...graph.nodes], { minLength: graph.nodes.length }), (shuffled) => {
        const sorted = sortNodes(shuffled);
        expect(sorted).toBeDefined();
        expect(verify({ ...graph, nodes: sorted ?? [] }, "imported")).toEqual([]);
      }),
    );
    expect(sortNodes(graph.nodes)).toEqual(graph.nodes);
    const [first, second] = graph.nodes;
    const cycle = [{ ...first!, inputs: ["dead"] }, second!];
    expect(sortNodes(cycle)).toBeUndefined();
    expect(nodesOnCycles([...cycle, ...graph.nodes.slice(2)]).map(({ outputs }) => outputs[0])).toEqual([
      "a",
      "dead",
      "b",
      "y",
    ]);
    expect(nodesOnCycles(graph.nodes)).toEqual([]);
  });

  test("a chain of a hundred thousand nodes in reverse does not end the stack", () => {
    const node = graph.nodes[0]!;
    const chain = Array.from({ length: 100_000 }, (_, at) => ({
      ...node,
      inputs: [`v${at}`],
      outputs: [`v${at + 1}`],
    }));
    expect(sortNodes(chain.toReversed())).toEqual(chain);
  });
});

test("a builder gives fresh names, puts late definitions first and refuses a second one", () => {
  const builder = GraphBuilder.withoutNodes(graph);
  expect(builder.fresh("a")).toBe("a.1");
  expect(builder.fresh("a")).toBe("a.2");
  expect(builder.fresh("new")).toBe("new");
  for (const node of graph.nodes.toReversed()) builder.node(node);
  expect(verify(builder.build(), "imported")).toEqual([]);
  expect(() => builder.constant(graph.constants[0]!)).toThrow("defined twice");
});
