import { encodeModel, type ImportOptions, importModel, type ModelProto, type TensorProto } from "@rdu/onnx";
import { test } from "vitest";
import { type ErrorCase, expectErrors } from "../support/error-golden.ts";
import { float, model, node, OPSET_17, reference, tensor, utf8 } from "../support/onnx-model.ts";

const FILES: Readonly<Record<string, number>> = { "small.bin": 8, "large.bin": 100 };

function refused(title: string, proto: ModelProto | Uint8Array, options: ImportOptions = {}): ErrorCase {
  const all = { file: "model.onnx", externalLength: (location: string) => FILES[location], ...options };
  return { title, run: () => importModel(proto, all) };
}

const identity = model({ input: [float("x", 2)], output: [float("x", 2)] });
const whole = encodeModel(identity);

test("E0101", () =>
  expectErrors("E0101", [
    refused("an empty file", new Uint8Array()),
    refused("a Git LFS pointer", utf8("version https://git-lfs.github.com/spec/v1\noid sha256:00")),
    refused("a text", utf8("{ this is JSON }")),
    refused("a picture", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)),
    refused("a zip archive", utf8("PK\u0003\u0004....")),
    refused("protobuf of something else", Uint8Array.of(0x12, 0x01, 0x61)),
  ]));

test("E0102", () =>
  expectErrors("E0102", [
    refused("a file cut short", whole.subarray(0, whole.length - 3)),
    refused("a wire type that does not exist", Uint8Array.of(0x08, 0x0a, 0x3f)),
  ]));

function external(location: string, length = "12", offset = "0"): ModelProto {
  const proto: TensorProto = tensor("weight", {
    dataLocation: 1,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: offset },
      { key: "length", value: length },
    ],
  });
  return model({ input: [], output: [], initializer: [proto] });
}

test("E0103", () => expectErrors("E0103", [refused("no such file", external("missing.bin"))]));

test("E0104", () =>
  expectErrors("E0104", [
    refused("up", external("../secret")),
    refused("up from below", external("a/../../secret")),
    refused("absolute", external("/etc/passwd")),
    refused("absolute on Windows", external("C:\\secret")),
    refused("a share", external("\\\\server\\secret")),
    refused("nothing", external("")),
    refused("a NUL", external("a\0b")),
  ]));

test("E0105", () =>
  expectErrors("E0105", [
    refused("too short", external("small.bin")),
    refused("another length", external("large.bin", "13")),
    refused("past the end", external("large.bin", "12", "90")),
    refused("no number", external("large.bin", "12", "-4")),
  ]));

test("E0106", () =>
  expectErrors("E0106", [
    refused("the file format", { ...identity, irVersion: 99 }),
    refused("the operators", { ...identity, opsetImport: [{ domain: "", version: 99 }] }),
    refused("the operators of another domain", {
      ...identity,
      opsetImport: [...OPSET_17, { domain: "ai.onnx.ml", version: 42 }],
    }),
  ]));

test("E0107", () =>
  expectErrors("E0107", [
    refused(
      "every mistake at once",
      model({
        input: [float("x", 2), float("x", 2)],
        output: [float("nowhere", 2)],
        node: [
          node("Relu", ["xx"], ["a"], { name: "first" }),
          node("", ["x"], ["b"]),
          node("Relu", ["d"], ["c"]),
          node("Neg", ["c"], ["d"]),
          node("Relu", ["x"], ["a"]),
        ],
      }),
    ),
    refused("no operator versions", {
      ...model({ input: [], output: [], node: [node("Relu", [], ["a"])] }),
      opsetImport: [{ domain: "ai.onnx.ml", version: 3 }],
    }),
  ]));

test("E0108", () =>
  expectErrors(
    "E0108",
    [
      tensor("short", { rawData: new Uint8Array(11) }),
      tensor("typed", { floatData: [1] }),
      tensor("negative", { dims: [-1] }),
      tensor("untyped", { dataType: 0 }),
      tensor("segmented", { segment: {} }),
    ].map((initializer) =>
      refused(initializer.name ?? "", model({ input: [], output: [], initializer: [initializer] })),
    ),
  ));

test("E0109", () => {
  const calling = (title: string, body: ReturnType<typeof node>[], inputs = ["x"]): ErrorCase =>
    refused(
      title,
      model({ input: [float("x", 2)], output: [], node: [node("F", inputs, ["y"], { domain: "mine" })] }, [
        { domain: "mine", name: "F", input: ["a"], output: ["b"], opsetImport: OPSET_17, node: body },
      ]),
    );
  return expectErrors("E0109", [
    calling("a function that calls itself", [node("F", ["a"], ["b"], { domain: "mine" })]),
    calling("an output that it does not define", [node("Neg", ["a"], ["c"])]),
    calling("too many inputs", [node("Neg", ["a"], ["b"])], ["x", "x"]),
    calling("a value defined twice", [node("Neg", ["a"], ["b"]), node("Neg", ["a"], ["b"])]),
  ]);
});

test("E0110", () => expectErrors("E0110", [refused("only a version", { irVersion: 10, opsetImport: OPSET_17 })]));

test("E0203", () => {
  const open = model({
    input: [float("x", "batch", 3, "seq len"), float("mask", "batch", "")],
    output: [float("x", "batch", 3, "seq len")],
  });
  return expectErrors("E0203", [
    refused("all that are missing", open),
    refused("what the batch size leaves open", open, { batchSize: 8 }),
  ]);
});

test("E0206", () =>
  expectErrors("E0206", [
    refused(
      "more elements than can be counted",
      model({ input: [], output: [], initializer: [tensor("huge", { dims: [2 ** 40, 2 ** 40] })] }),
    ),
    refused(
      "a sparse tensor, before anything is allocated",
      model({
        input: [],
        output: [],
        sparseInitializer: [
          {
            dims: [2 ** 31],
            values: tensor("sparse", { dims: [1], floatData: [5] }),
            indices: tensor("", { dims: [1], dataType: 7, int64Data: [0] }),
          },
        ],
      }),
    ),
  ]));

test("E0303", () =>
  expectErrors("E0303", [
    refused(
      "attributes of an unknown kind, outside their function, or of a Constant",
      model({
        input: [float("x", 2)],
        output: [],
        node: [
          node("Cast", ["x"], ["a"], { attribute: [{ name: "to", type: 77 }] }),
          node("Cast", ["x"], ["b"], { attribute: [reference("to", "outer")] }),
          node("Constant", [], ["c"]),
        ],
      }),
    ),
  ]));
