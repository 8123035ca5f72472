import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeModel, type ModelProto } from "@rdu/onnx";
import { writeNpy, zeros } from "@rdu/tensor";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandLine, fixture } from "../support/command-line.ts";
import { float, model, node, tensor } from "../support/onnx-model.ts";

const rdu = commandLine();
afterAll(rdu.end);

const DIGITS = readFileSync(fixture("models/digits_cnn/dynamo/model.onnx"));

function write(name: string, bytes: Uint8Array | string | ModelProto): void {
  mkdirSync(join(rdu.folder, name, ".."), { recursive: true });
  const isModel = typeof bytes === "object" && !(bytes instanceof Uint8Array);
  writeFileSync(join(rdu.folder, name), isModel ? encodeModel(bytes) : bytes);
}

/** What a compilation says, which must fail for the model's sake and leave nothing behind. */
function refused(file: string): string {
  const before = readdirSync(rdu.folder);
  const { code, out, error } = rdu.run("compile", file, "-p", "out/app.pef", "--dump-dir", "out");
  expect(code, error).toBe(1);
  expect(out).toBe("");
  const left = existsSync(join(rdu.folder, "out")) ? readdirSync(join(rdu.folder, "out"), { recursive: true }) : [];
  expect(left.filter((name) => /pef|part/.test(String(name)))).toEqual([]);
  expect(readdirSync(rdu.folder).filter((name) => !before.includes(name) && name !== "out")).toEqual([]);
  return error.trimEnd();
}

beforeAll(() => {
  write("digits.onnx", DIGITS);
  expect(rdu.run("compile", "digits.onnx", "-p", "digits.pef").code).toBe(0);
});

test("no ONNX file", () => {
  write("readme.onnx", "# This is no model\n");
  expect(refused("readme.onnx")).toMatchInlineSnapshot(`
    "error[E0101]: not an ONNX file: it begins with the bytes 23 20 54 68 69 73 20 69
      at readme.onnx
      in pass import
      hint: an ONNX file is a protobuf ModelProto; was it downloaded completely, or is it a Git LFS pointer?"
  `);
});

test("cut short", () => {
  write("short.onnx", DIGITS.subarray(0, DIGITS.length - 100));
  expect(refused("short.onnx")).toMatchInlineSnapshot(`
    "error[E0102]: the ONNX file is truncated or damaged: cannot decode the model: the file ends in the middle of a field
      at short.onnx
      in pass import
      hint: export or download the model again"
  `);
});

test("shapes that do not agree", () => {
  write(
    "shapes.onnx",
    model({
      input: [float("x", 8, 784)],
      output: [float("y", 8, 128)],
      initializer: [tensor("w", { dims: [768, 128], rawData: new Uint8Array(768 * 128 * 4) })],
      node: [node("MatMul", ["x", "w"], ["y"], { name: "/fc1/MatMul" })],
    }),
  );
  expect(refused("shapes.onnx")).toMatchInlineSnapshot(`
    "error[E0201]: shapes do not agree: MatMul: inner dimensions differ: 784 and 768
      at shapes.onnx > /fc1/MatMul
      in pass infer-shapes"
  `);
});

test("operators that nobody knows, all at once", () => {
  write(
    "unknown.onnx",
    model({
      input: [float("x", 2)],
      output: [float("c", 2)],
      node: [
        node("Sofmax", ["x"], ["a"], { name: "head" }),
        node("Relu", ["a"], ["b"]),
        node("Frobnicate", ["b"], ["c"], { name: "tail" }),
      ],
    }),
  );
  expect(refused("unknown.onnx")).toMatchInlineSnapshot(`
    "error[E0301]: unknown operator: Sofmax (version 17)
      at unknown.onnx > head
      in pass infer-shapes
      hint: did you mean Softmax?

    error[E0301]: unknown operator: Frobnicate (version 17)
      at unknown.onnx > tail
      in pass infer-shapes
      hint: write it as a local function of the model, or in known operators"
  `);
});

test("external data that is not there", () => {
  write("far.onnx", readFileSync(fixture("models/external_data/model.onnx")));
  expect(refused("far.onnx")).toMatchInlineSnapshot(`
    "error[E0103]: external data is missing: there is no file "model.onnx.data"
      at far.onnx > initializer weight
      in pass import
      hint: keep the external data files in the folder of the model"
  `);
});

test("dimensions that are not bound", () => {
  write("free.onnx", readFileSync(fixture("models/digits_cnn/dynamo_batch/model.onnx")));
  expect(refused("free.onnx")).toMatchInlineSnapshot(`
    "error[E0203]: dimensions are not bound: 1 dimension of the inputs: batch
      at free.onnx
      in pass import
      note: input input: f32[batch,1,8,8]
      hint: bind them with --dim batch=N; -b N binds the leading one of each input"
  `);
});

test("a data type that does not exist", () => {
  const complex = { name: "x", type: { tensorType: { elemType: 77, shape: { dim: [{ dimValue: 2 }] } } } };
  write("type.onnx", model({ input: [complex], output: [complex], node: [] }));
  expect(refused("type.onnx")).toMatchInlineSnapshot(`
    "error[E0305]: element type is not supported: element type code 77
      at type.onnx > value x
      in pass import

    error[E0305]: element type is not supported: element type code 77
      at type.onnx > value x
      in pass import"
  `);
});

test("an edited text with a mistake: line, column and caret", () => {
  write("edited.graph", "graph g(%x: f32[2,3]) -> (%y) {\n  %y = Relu@13(%x\n}\n");
  expect(refused("edited.graph")).toMatchInlineSnapshot(`
    "error[E0401]: syntax error: expected "," or ")", found "}"
      at edited.graph:3:1
       | }
       | ^"
  `);
});

test("inputs of another name, shape and type", () => {
  write("other.npy", writeNpy(zeros("float32", [1, 1, 9, 9])));
  write("double.npy", writeNpy(zeros("float64", [1, 1, 8, 8])));
  const said = (spec: string): string => {
    const { code, error } = rdu.run("run", "-p", "digits.pef", "--input", spec, "--output", "results");
    expect(code).toBe(1);
    expect(existsSync(join(rdu.folder, "results"))).toBe(false);
    return error.trimEnd();
  };
  expect(said("imput=other.npy")).toMatchInlineSnapshot(`
    "error[E0801]: unknown input: "imput"
      note: an input that has an initializer in the model is a constant, unless compiled with --as-input
      hint: did you mean "input"?

    error[E0802]: inputs are missing: input: f32[1,1,8,8]"
  `);
  expect(said("input=other.npy")).toMatchInlineSnapshot(`
    "error[E0803]: input has the wrong shape: expected f32[1,1,8,8], found f32[1,1,9,9]
      at input input"
  `);
  expect(said("input=double.npy")).toMatchInlineSnapshot(`
    "error[E0804]: input has the wrong element type: expected f32[1,1,8,8], found f64[1,1,8,8]
      at input input"
  `);
});

test("a PEF that has been changed", () => {
  const bytes = readFileSync(join(rdu.folder, "digits.pef"));
  bytes[300] = (bytes[300] ?? 0) ^ 1;
  write("changed.pef", bytes);
  const { code, error } = rdu.run("run", "-p", "changed.pef", "--input", "random");
  expect(code).toBe(1);
  expect(error.trimEnd()).toMatchInlineSnapshot(
    `"error[E0704]: the PEF is damaged: the checksum of the directory does not match"`,
  );
});
