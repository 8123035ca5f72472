import { CompileError, renderAll } from "@rdu/diagnostics";
import { printGraph } from "@rdu/ir";
import { describe, expect, test } from "vitest";
import { type ImportOptions, importModel } from "./import-model.ts";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from "./proto-types.ts";
import { encodeModel } from "./wire.ts";

const OPSET = [{ domain: "", version: 17 }];
const float = (name: string, ...shape: (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: {
        dim: shape.map((dim) => (typeof dim === "number" ? { dimValue: dim } : dim === "" ? {} : { dimParam: dim })),
      },
    },
  },
});
const node = (opType: string, input: string[], output: string[], more: Partial<NodeProto> = {}): NodeProto => ({
  opType,
  input,
  output,
  ...more,
});
const int = (name: string, i: number): AttributeProto => ({ name, type: 2, i });
const reference = (name: string, refAttrName: string): AttributeProto => ({ name, refAttrName, type: 2 });

function model(graph: GraphProto, functions: FunctionProto[] = []): ModelProto {
  return { irVersion: 10, opsetImport: OPSET, graph: { name: "g", ...graph }, functions };
}

function imported(proto: ModelProto | Uint8Array, options: ImportOptions = { keepSymbolic: true }): string {
  return printGraph(importModel(proto, options));
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CompileError) return renderAll(error.diagnostics);
    throw error;
  }
  return "nothing was refused";
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

  test("what cannot be expanded is refused", () => {
    const calling = (definition: FunctionProto, call: NodeProto): string =>
      refusal(() =>
        importModel(model({ input: [float("x", 2)], output: [], node: [{ ...call, domain: "mine" }] }, [definition])),
      );
    const body = { domain: "mine", name: "F", input: ["a"], output: ["b"], opsetImport: OPSET };
    expect(
      [
        calling({ ...body, node: [node("F", ["a"], ["b"], { domain: "mine" })] }, node("F", ["x"], ["y"])),
        calling({ ...body, node: [node("Neg", ["a"], ["c"])] }, node("F", ["x"], ["y"])),
        calling({ ...body, node: [node("Neg", ["a"], ["b"])] }, node("F", ["x", "x"], ["y"])),
        calling({ ...body, node: [node("Neg", ["a"], ["b"]), node("Neg", ["a"], ["b"])] }, node("F", ["x"], ["y"])),
        calling({ ...body, node: [node("Neg", ["x"], ["b"])] }, node("F", ["x"], ["y"])),
      ].join("\n\n"),
    ).toMatchInlineSnapshot(`
      "error[E0109]: local function cannot be expanded: function "F" calls itself
        at F_0/F_0

      error[E0109]: local function cannot be expanded: output "b" of function "F" is defined nowhere in it
        at F_0

      error[E0109]: local function cannot be expanded: function "F" takes 1 inputs, the call gives 2
        at F_0

      error[E0109]: local function cannot be expanded: value "b" of function "F" is defined twice
        at F_0

      error[E0107]: the graph is not well formed: input "x" of Neg is defined nowhere
        at F_0/Neg_0
        hint: did you mean "a"?"
    `);
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
  const tensor = (name: string, more: Partial<TensorProto>): TensorProto => ({ name, dims: [3], dataType: 1, ...more });

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
        tensor("s", { dataType: 8, dims: [1], stringData: [new TextEncoder().encode("é")] }),
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
          attribute: [{ name: "value_string", type: 3, s: new TextEncoder().encode("a") }],
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

  test("contents that disagree with the type are all listed", () => {
    const external = (location: string, length = "12"): TensorProto =>
      tensor("e", {
        dataLocation: 1,
        externalData: [
          { key: "location", value: location },
          { key: "length", value: length },
        ],
      });
    const messages = [
      tensor("short", { rawData: new Uint8Array(11) }),
      tensor("typed", { floatData: [1] }),
      tensor("negative", { dims: [-1] }),
      tensor("huge", { dims: [2 ** 40, 2 ** 40] }),
      tensor("untyped", { dataType: 0 }),
      tensor("unknown", { dataType: 99 }),
      external("../secret"),
      external("/etc/passwd"),
      external("missing.bin"),
      external("small.bin"),
      external("large.bin", "13"),
    ].map((each) =>
      refusal(() =>
        importModel(model({ input: [], output: [], initializer: [each] }), {
          externalLength: (location) => ({ "small.bin": 8, "large.bin": 100 })[location],
        }),
      ),
    );
    expect(messages.join("\n\n")).toMatchInlineSnapshot(`
      "error[E0108]: tensor contents do not match its type and shape: f32[3] takes 12 bytes, found 11
        at initializer short

      error[E0108]: tensor contents do not match its type and shape: f32[3] takes 3 values in float_data, found 1
        at initializer typed

      error[E0108]: tensor contents do not match its type and shape: a dimension is -1
        at initializer negative

      error[E0206]: tensor is too large to address: shape [1099511627776,1099511627776] has more than 2^53 elements
        at initializer huge

      error[E0108]: tensor contents do not match its type and shape: it has no element type
        at initializer untyped

      error[E0305]: element type is not supported: element type code 99
        at initializer unknown

      error[E0104]: external data path is not allowed: "../secret" leads out of the folder of the model
        at initializer e
        hint: locations must be relative and stay inside the folder of the model

      error[E0104]: external data path is not allowed: "/etc/passwd" is absolute
        at initializer e
        hint: locations must be relative and stay inside the folder of the model

      error[E0103]: external data is missing: there is no file "missing.bin"
        at initializer e
        hint: keep the external data files in the folder of the model

      error[E0105]: external data does not hold the tensor: "small.bin" is 8 bytes long, needed are 12 from 0
        at initializer e
        hint: the file is shorter than the offset and length that the model gives

      error[E0105]: external data does not hold the tensor: f32[3] takes 12 bytes, its external data is 13 bytes long
        at initializer e
        hint: the file is shorter than the offset and length that the model gives"
    `);
  });

  test("a sparse tensor that is enormous when dense is refused before anything is allocated", () => {
    const proto = model({
      input: [],
      output: [],
      sparseInitializer: [
        {
          dims: [2 ** 31],
          values: { name: "s", dims: [1], dataType: 1, floatData: [5] },
          indices: { dims: [1], dataType: 7, int64Data: [0] },
        },
      ],
    });
    expect(refusal(() => importModel(proto))).toContain("E0206");
  });
});

describe("malformed graphs", () => {
  test("every mistake is listed with its node", () => {
    const proto = model({
      input: [float("x", 2), float("x", 2)],
      output: [float("nowhere", 2)],
      node: [
        node("Relu", ["xx"], ["a"], { name: "first" }),
        node("", ["x"], ["b"]),
        node("Relu", ["d"], ["c"]),
        node("Neg", ["c"], ["d"]),
        node("Relu", ["x"], ["a"]),
        node("Cast", ["x"], ["e"], { attribute: [{ name: "to", type: 77 }] }),
        node("Cast", ["x"], ["f"], { attribute: [reference("to", "outer")] }),
      ],
    });
    expect(refusal(() => importModel(proto, { file: "bad.onnx" }))).toMatchInlineSnapshot(`
      "error[E0107]: the graph is not well formed: graph input "x" is defined twice
        at bad.onnx

      error[E0107]: the graph is not well formed: value "a" is defined twice
        at bad.onnx > Relu_4

      error[E0107]: the graph is not well formed: input "xx" of Relu is defined nowhere
        at bad.onnx > first
        hint: did you mean "x"?

      error[E0107]: the graph is not well formed: the node has no operator type
        at bad.onnx > node_1

      error[E0303]: attribute is missing or malformed: attribute "to" has type code 77
        at bad.onnx > Cast_5

      error[E0303]: attribute is missing or malformed: attribute "to" refers to "outer" outside a function
        at bad.onnx > Cast_6

      error[E0107]: the graph is not well formed: graph output "nowhere" is defined nowhere
        at bad.onnx
        hint: known: x, a, b, c, d, e, f

      error[E0107]: the graph is not well formed: nodes form a cycle: Relu_2, Neg_3
        at bad.onnx"
    `);
  });

  test("versions and files", () => {
    const graph = { name: "g", input: [], output: [], node: [] };
    const text = new TextEncoder();
    const whole = encodeModel(model({ input: [float("x", 2)], output: [float("x", 2)] }));
    const messages = [
      { irVersion: 99, opsetImport: OPSET, graph },
      { irVersion: 10, opsetImport: [{ domain: "", version: 99 }], graph },
      {
        irVersion: 10,
        opsetImport: [{ domain: "ai.onnx.ml", version: 3 }],
        graph: { ...graph, node: [node("Relu", [], ["a"])] },
      },
      { irVersion: 10, opsetImport: OPSET },
      new Uint8Array(),
      text.encode("version https://git-lfs.github.com/spec/v1\noid sha256:00"),
      text.encode("{ this is JSON }"),
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
      whole.subarray(0, whole.length - 3),
    ].map((each) => refusal(() => importModel(each, { file: "m.onnx" })));
    expect(messages.join("\n\n")).toMatchInlineSnapshot(`
      "error[E0106]: version is newer than this compiler knows: the file is of IR version 99, known are versions to 14
        at m.onnx
        hint: export for an older opset

      error[E0106]: version is newer than this compiler knows: opset 99 of domain "ai.onnx", known are versions to 28
        at m.onnx
        hint: export for an older opset

      error[E0107]: the graph is not well formed: the model does not say which opset version it uses
        at m.onnx > Relu_0

      error[E0110]: the model has no graph
        at m.onnx

      error[E0101]: not an ONNX file: the file is empty
        at m.onnx
        hint: an ONNX file is a protobuf ModelProto; was it downloaded completely, or is it a Git LFS pointer?

      error[E0101]: not an ONNX file: it is a Git LFS pointer
        at m.onnx
        hint: fetch the real file with git lfs pull

      error[E0101]: not an ONNX file: it begins with the bytes 7b 20 74 68 69 73 20 69
        at m.onnx
        hint: an ONNX file is a protobuf ModelProto; was it downloaded completely, or is it a Git LFS pointer?

      error[E0101]: not an ONNX file: it begins with the bytes 89 50 4e 47
        at m.onnx
        hint: an ONNX file is a protobuf ModelProto; was it downloaded completely, or is it a Git LFS pointer?

      error[E0102]: the ONNX file is truncated or damaged: cannot decode the model: the file ends in the middle of a field
        at m.onnx
        hint: export or download the model again"
    `);
  });
});

describe("dimensions", () => {
  const proto = model({
    input: [float("x", "batch", 3, "seq len"), float("mask", "batch", ""), float("fixed", 4)],
    output: [float("y", "batch", "seq len")],
    node: [node("Sum", ["x", "mask", "fixed"], ["y"])],
  });

  test("all that are missing are listed", () => {
    expect(refusal(() => importModel(proto))).toMatchInlineSnapshot(`
      "error[E0203]: dimensions are not bound: 3 dimensions of the inputs: batch, seq len, mask:1
        note: input x: f32[batch,3,seq len]
        note: input mask: f32[batch,?]
        hint: bind them with --dim batch=N --dim "seq len"=N --dim mask:1=N; -b N binds the leading one of each input"
    `);
    expect(refusal(() => importModel(proto, { batchSize: 8 }))).toMatchInlineSnapshot(`
      "error[E0203]: dimensions are not bound: 2 dimensions of the inputs: seq len, mask:1
        note: input x: f32[batch,3,seq len]
        note: input mask: f32[batch,?]
        hint: bind them with --dim "seq len"=N --dim mask:1=N"
    `);
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
