import { type Level, parseGraph, patternProblems, verify } from "@rdu/ir";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryGraph } from "../support/arbitrary-graphs.ts";

/** What `verify` finds in a .graph text, one problem a line. */
function problems(text: string, level: Level = "sections"): string {
  return verify(parseGraph(text), level)
    .map(({ at, message }) => `${at.join(" > ")}: ${message}`)
    .join("\n");
}

/** A graph in which one pattern adds %x to a bias, with parts replaced. */
function patternGraph(replace: readonly [string, string][] = []): string {
  const text = `graph g(%x: f32[4,6], %i: i64[4]) -> (%y) {
  const %b: f32[6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
  section s0 {
    %y: f32[4,6] = pattern(%x, %b, %i) for i in 4, j in 6 {
      r0 = %0[i, j]
      r1 = %1[j]
      r2 = add.f32 r0, r1
      yield r2 as f32[4,6] at [i, j]
    }
  }
}
`;
  return replace.reduce((result, [from, to]) => {
    expect(result).toContain(from);
    return result.replace(from, to);
  }, text);
}

const REDUCTION: [string, string][] = [
  ["%y: f32[4,6]", "%y: f32[4]"],
  ["j in 6", "reduce j in 6"],
  ["yield r2 as f32[4,6] at [i, j]", "r3 = reduce sum.f32 r2\n yield r3 as f32[4] at [i]"],
];

describe("patterns", () => {
  test("legal ones", () => {
    expect(problems(patternGraph())).toBe("");
    expect(problems(patternGraph(REDUCTION))).toBe("");
    // A transposed write, a write with holes and an initial value, padding, a gather.
    expect(
      problems(
        patternGraph([
          ["as f32[4,6] at [i, j]", "as f32[6,4] at [j, i]"],
          ["%y: f32[4,6]", "%y: f32[6,4]"],
        ]),
      ),
    ).toBe("");
    expect(
      problems(
        patternGraph([
          ["as f32[4,6] at [i, j]", "as f32[8,12] at [2*i + 1, 2*j] initial 0.0"],
          ["%y: f32[4,6]", "%y: f32[8,12]"],
        ]),
      ),
    ).toBe("");
    expect(problems(patternGraph([["%0[i, j]", "%0[i - 1, j + 1] else -inf"]]))).toBe("");
    expect(
      problems(
        patternGraph([
          ["r0 = %0[i, j]", "r0 = %2[i]"],
          ["r1 = %1[j]", "r1 = %0[r0, j]"],
          ["r0, r1", "r1, r1"],
        ]),
      ),
    ).toBe("");
  });

  const cases: readonly (readonly [string, readonly [string, string][]])[] = [
    ["a read out of bounds", [["%0[i, j]", "%0[i + 1, j]"]]],
    ["a read below zero", [["%1[j]", "%1[3 - j]"]]],
    ["a missing index", [["%0[i, j]", "%0[i]"]]],
    ["a later register", [["r0, r1", "r0, r2"]]],
    ["an index of the wrong type", [["r1 = %1[j]", "r1 = %1[r0]"]]],
    ["an ill-typed instruction", [["add.f32 r0, r1", "add.i32 r0, r1"]]],
    ["a result of another type", [["yield r2 as f32", "yield r2 as i32"]]],
    ["elements written twice", [["at [i, j]", "at [i, 0]"]]],
    ["elements left out", [["%x, %b, %i) for i in 4", "%x, %b, %i) for i in 3"]]],
    ["a write out of bounds", [["at [i, j]", "at [j, i]"]]],
    ["a result unlike its value", [["%y: f32[4,6]", "%y: f32[24]"]]],
    ["a reduction without a loop", [["yield r2", "r3 = reduce sum.f32 r2\n yield r3"]]],
    ["a reduce loop without a reduction", [["j in 6", "reduce j in 6"]]],
    ["a body register behind reductions", [...REDUCTION, ["yield r3", "yield r2"]]],
    ["a reduce loop behind reductions", [...REDUCTION, ["yield r3", "r4 = %1[j]\n r5 = add.f32 r3, r4\n yield r5"]]],
    ["an arg reduction without index", [...REDUCTION, ["reduce sum.f32 r2", "reduce argmax-first.f32 r2"]]],
    ["an index of a sum", [...REDUCTION, ["reduce sum.f32 r2", "reduce sum.f32 r2 gives index"]]],
    ["exclusive without scan", [...REDUCTION, ["reduce sum.f32 r2", "reduce sum.f32 r2 exclusive"]]],
    ["reduce and scan together", [["i in 4, j in 6", "scan i in 4, reduce j in 6"]]],
  ];
  test("each rule is checked", () => {
    const found = cases.map(
      ([name, replace]) => `${name}\n  ${problems(patternGraph(replace)).replaceAll("\n", "\n  ")}`,
    );
    expect(found.join("\n")).toMatchInlineSnapshot(`
      "a read out of bounds
        g > %y: r0: index 0 runs from 1 to 4 in an axis of 4
      a read below zero
        g > %y: r1: index 0 runs from -2 to 3 in an axis of 6
      a missing index
        g > %y: r0: 1 indices for 2 axes
      a later register
        g > %y: r2: r2 is not an earlier register
      an index of the wrong type
        g > %y: r1: index r0 is of type f32, not i32 or i64
      an ill-typed instruction
        g > %y: r2: operand 0 of add.i32 must be i32, r0 is f32
        g > %y: r2: operand 1 of add.i32 must be i32, r1 is f32
        g > %y: result 0: f32[4,6] from r2, which is i32
      a result of another type
        g > %y: result 0: i32[4,6] from r2, which is f32
        g > %y: result 0 is i32[4,6], %y is not
      elements written twice
        g > %y: result 0: every iteration of loop j writes the same element
      elements left out
        g > %y: result 0: 6 of 24 elements are never written and have no initial value
      a write out of bounds
        g > %y: result 0: index 0 runs from 0 to 5 in an axis of 4
      a result unlike its value
        g > %y: result 0 is f32[4,6], %y is not
      a reduction without a loop
        g > %y: reductions need a reduce or scan loop
      a reduce loop without a reduction
        g > %y: a reduce or scan loop needs reductions
        g > %y: result 0: 20 of 24 elements are never written and have no initial value
      a body register behind reductions
        g > %y: result 0: r2 belongs to the body, of which only the reductions remain
      a reduce loop behind reductions
        g > %y: r4: reduce loop j is over
      an arg reduction without index
        g > %y: r3: argmax-first needs an i32 or i64 register of the body as index
      an index of a sum
        g > %y: r3: sum has no index
        g > %y: result 0: f32[4] from r3, which is i32
      exclusive without scan
        g > %y: r3: exclusive without a scan loop
      reduce and scan together
        g > %y: reduce and scan loops stand together
        g > %y: a reduce or scan loop needs reductions
        g > %y: result 0: 20 of 24 elements are never written and have no initial value"
    `);
  });

  test("irregular but injective writes are tried out", () => {
    const write = (index: string, i: number, j: number, extent: number): string =>
      patternGraph([
        ["i in 4, j in 6", `i in ${i}, j in ${j}`],
        ["%0[i, j]", "%0[0, 0]"],
        ["%1[j]", "%1[0]"],
        ["as f32[4,6] at [i, j]", `as f32[${extent}] at [${index}] initial 0.0`],
        ["%y: f32[4,6]", `%y: f32[${extent}]`],
      ]);
    expect(problems(write("2*i + 3*j", 3, 2, 8))).toBe("");
    expect(problems(write("2*i + 3*j", 4, 3, 13))).toBe("g > %y: result 0: two iterations write the same element");
  });
});

describe("graphs", () => {
  test("each rule is checked", () => {
    const found = [
      problems("graph g(%x: f32[2]) -> (%y) {\n %y: f32[2] = Relu@13(%x)\n}"),
      problems("graph g(%x: f32[2]) -> (%y) {\n %y: f32[2] = Relu@13(%x)\n}", "typed"),
      problems("graph g(%x: f32[2]) -> (%y) {\n %y: f32[2] = Relu@13(%x)  // at\n}", "typed"),
      problems("graph g(%x: f32[n]) -> (%y) {\n %y = Relu@13(%x)\n}", "typed"),
      problems("graph g(%x: f32[n]) -> (%y) {\n %y = Relu@13(%x)\n}", "imported"),
      problems("graph g(%x: f32[2,3]) -> (%y) {\n %y: f32[7] = view(%x)\n}", "patterns"),
      problems("graph g(%x: f32[2,3]) -> (%y) {\n %y: f32[6] = view(%x)\n}", "patterns"),
      problems("graph g(%x: f32[2]) -> (%y) {\n %y: f32[4] = join(%x at [0], %x at [1])\n}", "patterns"),
      problems("graph g(%x: f32[2]) -> (%y) {\n %y: f32[5] = join(%x at [0], %x at [2])\n}", "patterns"),
      problems("graph g(%x: f32[2]) -> (%y) {\n %y: f32[4] = join(%x at [3], %x at [0])\n}", "patterns"),
      problems(`graph g(%x: f32[2]) -> (%c) {
        section a {
          %a: f32[2] = view(%x)
        }
        section b {
          %b: f32[2] = view(%a)
        }
        section a {
          %c: f32[2] = view(%b)
        }
      }`),
      problems(
        `graph g(%x: bool[]) -> (%y) {
          %y = If@13(%x) {
            then_branch = graph t() -> (%x) {
              %x = Relu@13(%x)
            }
          }
        }`,
        "imported",
      ),
      problems('graph g() -> () {\n const %w: i4[3] = file("w", 0, 3)\n}', "typed"),
    ];
    expect(found.map((each) => each || "legal").join("\n---\n")).toMatchInlineSnapshot(`
      "g > %y: operator nodes do not stand at level "sections"
      g > %y: the node is in no section
      ---
      legal
      ---
      g > %y: the node has no origin
      ---
      g > %x: a dimension is still symbolic
      g > %y: its type is not known
      ---
      legal
      ---
      g > %y: f32[2,3] cannot be seen as f32[7]
      ---
      legal
      ---
      g > %y: inputs 0 and 1 overlap
      ---
      g > %y: inputs cover 4 of 5 elements
      ---
      g > %y: input 0 does not lie inside the output
      ---
      g > %c: section a is interrupted
      ---
      g > %y > t > %x: %x hides a value of the graph around
      ---
      g > %w: i4[3] takes 2 bytes, found 3"
    `);
  });

  test("no graph makes the verifier crash or hang", () => {
    fc.assert(
      fc.property(
        arbitraryGraph(2),
        fc.constantFrom<Level>("imported", "typed", "patterns", "sections"),
        (graph, level) => {
          expect(Array.isArray(verify(graph, level))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("the pattern of an operand list too short is reported, not followed", () => {
    const graph = parseGraph(patternGraph());
    const node = graph.nodes[0]!;
    expect(node.kind === "pattern" ? patternProblems(node.pattern, []) : []).toEqual([
      "r0: it reads operand 0 of 0",
      "r1: it reads operand 1 of 0",
    ]);
  });
});
