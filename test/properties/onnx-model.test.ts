import { printGraph } from "@rdu/ir";
import { encodeModel, type FunctionProto, type ImportOptions, importModel, type ModelProto } from "@rdu/onnx";
import { describe, expect, test } from "vitest";
import { refusal } from "../support/error-golden.ts";
import { float, int, model, node, OPSET_17 as OPSET, reference, tensor, utf8 } from "../support/onnx-model.ts";

function imported(proto: ModelProto | Uint8Array, options: ImportOptions = { keepSymbolic: true }): string {
  return printGraph(importModel(proto, options));
}

describe("local functions", () => {
  const scaled: FunctionProto = {
    domain: "mine",
    name: "Scaled",
    input: ["a", "bias"],
    output: ["b", "a"],
    attribute: ["axis"],
    attributeProto: [int("keepdims", 1)],
    opsetImport: [{ domain: "", version: 13 }],
    node: [
      node("ReduceSum", ["a"], ["t"], { attribute: [reference("axis", "axis"), reference("keepdims", "keepdims")] }),
      node("If", ["t"], ["u"], {
        name: "branch",
        attribute: [
          {
            name: "then_branch",
            type: 5,
            // The branch captures "a" of the function, whose actual value is called like a name of the branch itself.
            g: { name: "then", node: [node("Neg", ["a"], ["x"]), node("Abs", ["x"], ["o"])], output: [{ name: "o" }] },
          },
        ],
      }),
      node("Add", ["u", "bias"], ["b"]),
    ],
  };
  const outer: FunctionProto = {
    domain: "mine",
    name: "Outer",
    input: ["v"],
    output: ["w"],
    attribute: ["along"],
    opsetImport: OPSET,
    node: [
      node("Scaled", ["v", "v"], ["w"], { domain: "mine", name: "inner", attribute: [reference("axis", "along")] }),
    ],
  };

  test("inputs, outputs, attributes, captures and names are put in place", () => {
    const proto = model(
      {
        input: [float("x", 2)],
        output: [float("y", 2), float("z", 2)],
        node: [
          node("Outer", ["x"], ["y"], { domain: "mine", attribute: [int("along", 1)] }),
          node("Scaled", ["y"], ["z"], { domain: "mine", name: "/call" }),
          node("Scaled", ["y", "x"], ["unused", "copy"], { domain: "mine", name: "/again" }),
        ],
      },
      [scaled, outer],
    );
    expect(imported(proto)).toMatchInlineSnapshot(`
      "graph g(%x: f32[2]) -> (%y, %z) {
        %Outer_0/inner/t = ReduceSum@13(%x) [axis=1, keepdims=1]  // at Outer_0/inner/ReduceSum_0
        %Outer_0/inner/u = If@13(%Outer_0/inner/t) {  // at Outer_0/inner/branch
          then_branch = graph then() -> (%o) {
            %x.1 = Neg@13(%x)  // at Outer_0/inner/branch/then_branch/Neg_0
            %o = Abs@13(%x.1)  // at Outer_0/inner/branch/then_branch/Abs_1
          }
        }
        %y: f32[2] = Add@13(%Outer_0/inner/u, %x)  // at Outer_0/inner/Add_2
        %/call/t = ReduceSum@13(%y) [keepdims=1]  // at /call/ReduceSum_0
        %/call/u = If@13(%/call/t) {  // at /call/branch
          then_branch = graph then() -> (%o) {
            %x.1 = Neg@13(%y)  // at /call/branch/then_branch/Neg_0
            %o = Abs@13(%x.1)  // at /call/branch/then_branch/Abs_1
          }
        }
        %z: f32[2] = Add@13(%/call/u)  // at /call/Add_2
        %/again/t = ReduceSum@13(%y) [keepdims=1]  // at /again/ReduceSum_0
        %/again/u = If@13(%/again/t) {  // at /again/branch
          then_branch = graph then() -> (%o) {
            %x.1 = Neg@13(%y)  // at /again/branch/then_branch/Neg_0
            %o = Abs@13(%x.1)  // at /again/branch/then_branch/Abs_1
          }
        }
        %unused = Add@13(%/again/u, %x)  // at /again/Add_2
        %copy = Identity@13(%y)  // at /again
      }
      "
    `);
    expect(imported(encodeModel(proto))).toBe(imported(proto));
  });

  test("functions that double at each level stop early", () => {
    const functions = Array.from(
      { length: 40 },
      (_, level): FunctionProto => ({
        domain: "mine",
        name: `F${level}`,
        input: ["a"],
        output: ["c"],
        opsetImport: OPSET,
        node: [0, 1].map((at) =>
          level === 39
            ? node("Neg", [at === 0 ? "a" : "b"], [at === 0 ? "b" : "c"])
            : node(`F${level + 1}`, [at === 0 ? "a" : "b"], [at === 0 ? "b" : "c"], { domain: "mine" }),
        ),
      }),
    );
    const proto = model(
      { input: [float("x", 2)], output: [float("y", 2)], node: [node("F0", ["x"], ["y"], { domain: "mine" })] },
      functions,
    );
    expect(refusal(() => importModel(proto))).toContain("expands to more than");
  });
});

describe("constants", () => {
  test("initializers of every storage, Constant nodes of every form, sparse tensors", () => {
    const proto = model({
      input: [float("w", 3), float("x", 3)],
      output: [float("y", 3)],
      initializer: [
        tensor("w", { floatData: [1, 2, 3] }),
        tensor("i4", { dataType: 22, rawData: Uint8Array.of(0xf1, 0x08) }),
        tensor("u4", { dataType: 21, int32Data: [0xf1, 0x08] }),
        tensor("f16", { dataType: 10, int32Data: [0x3c00, 0xbc00, 0x7e00] }),
        tensor("i64", { dataType: 7, int64Data: [1, -(2n ** 63n), 2n ** 53n + 1n] }),
        tensor("u64", { dataType: 13, uint64Data: [1, 2n ** 64n - 1n, 0] }),
        tensor("c64", { dataType: 14, dims: [1], floatData: [1, -1] }),
        tensor("s", { dataType: 8, dims: [1], stringData: [utf8("é")] }),
        tensor("none", { dims: [0] }),
      ],
      sparseInitializer: [
        {
          dims: [2, 2],
          values: { name: "sparse", dims: [2], dataType: 1, floatData: [5, 6] },
          indices: { dims: [2, 2], dataType: 7, int64Data: [0, 1, 1, 0] },
        },
      ],
      node: [
        node("Constant", [], ["k1"], { attribute: [{ name: "value_float", type: 1, f: 0.5 }] }),
        node("Constant", [], ["k2"], { attribute: [{ name: "value_ints", type: 7, ints: [1, 2n] }] }),
        node("Constant", [], ["k3"], {
          attribute: [{ name: "value_string", type: 3, s: utf8("a") }],
        }),
        node("Constant", [], ["k4"], {
          attribute: [
            {
              name: "sparse_value",
              type: 11,
              sparseTensor: {
                dims: [4],
                values: { dims: [1], dataType: 6, int32Data: [-7] },
                indices: { dims: [1], dataType: 7, int64Data: [2] },
              },
            },
          ],
        }),
        node("Add", ["x", "w"], ["y"]),
      ],
    });
    expect(imported(proto)).toMatchInlineSnapshot(`
      "graph g(%x: f32[3]) -> (%y) {
        const %w: f32[3] = [1.0, 2.0, 3.0]
        const %i4: i4[3] = [1, -1, -8]
        const %u4: u4[3] = [1, 15, 8]
        const %f16: f16[3] = [1.0, -1.0, nan]
        const %i64: i64[3] = [1, -9223372036854775808, 9007199254740993]
        const %u64: u64[3] = [1, 18446744073709551615, 0]
        const %c64: c64[1] = base64("AACAPwAAgL8=")
        const %s: str[1] = ["é"]
        const %none: f32[0] = []
        const %sparse: f32[2,2] = [0.0, 5.0, 6.0, 0.0]
        const %k1: f32[] = [0.5]
        const %k2: i64[2] = [1, 2]
        const %k3: str[] = ["a"]
        const %k4: i32[4] = [0, 0, -7, 0]
        %y: f32[3] = Add@17(%x, %w)  // at Add_4
      }
      "
    `);
    expect(imported(encodeModel(proto))).toBe(imported(proto));
  });
});

describe("dimensions", () => {
  const proto = model({
    input: [float("x", "batch", 3, "seq len"), float("mask", "batch", ""), float("fixed", 4)],
    output: [float("y", "batch", "seq len")],
    node: [node("Sum", ["x", "mask", "fixed"], ["y"])],
  });

  test("by name, by place, and the leading one by the batch size", () => {
    const bound = imported(proto, { batchSize: 8, dims: { "seq len": 16, "mask:1": 2 } });
    expect(bound).toMatchInlineSnapshot(`
      "graph g(%x: f32[8,3,16], %mask: f32[8,2], %fixed: f32[4]) -> (%y) {
        %y: f32[8,16] = Sum@17(%x, %mask, %fixed)  // at Sum_0
      }
      "
    `);
    expect(imported(proto, { dims: { batch: 8, "seq len": 16, "mask:1": 2 } })).toBe(bound);
    expect(imported(proto, { batchSize: 1, dims: { "x:0": 8, "seq len": 16, "mask:1": 2 } })).toBe(bound);
  });

  test("names that do not occur and batch sizes that cannot be are refused", () => {
    expect(refusal(() => importModel(proto, { dims: { bach: 8 } }))).toMatchInlineSnapshot(`
      "error[E0902]: option value is not valid: --dim bach=8: the model has no dimension of that name
        hint: did you mean "batch"?"
    `);
    const fixed = model({ input: [float("x", 1, 3)], output: [float("x", 1, 3)] });
    expect(refusal(() => importModel(fixed, { batchSize: 8 }))).toMatchInlineSnapshot(`
      "error[E0902]: option value is not valid: batch size 8: the leading dimension of every input has a fixed length
        note: input x: f32[1,3]
        hint: export the model with a dynamic batch dimension"
    `);
    expect(refusal(() => importModel(fixed, { batchSize: 1 }))).toBe("nothing was refused");
  });
});
