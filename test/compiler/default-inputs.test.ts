import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeDataFile, encodeModel, tensorProto } from "@rdu/onnx";
import { check, compile, conformance, load, reference, verify } from "@rdu/sdk";
import { fromNumbers, type Tensor } from "@rdu/tensor";
import { afterAll, describe, expect, test } from "vitest";
import { float, model, node } from "../support/onnx-model.ts";

const vector = (...values: number[]): Tensor => fromNumbers("float32", [values.length], values);
const [x, scale, bias] = [vector(1, 2), vector(3, 4), vector(5, 6)];
/** y = x scale + bias; both weights are listed among the inputs, the scale before x. */
const bytes = encodeModel(
  model({
    input: [float("scale", 2), float("x", 2), float("bias", 2)],
    initializer: [tensorProto(scale, "scale"), tensorProto(bias, "bias")],
    node: [node("Mul", ["x", "scale"], ["h"]), node("Add", ["h", "bias"], ["y"])],
    output: [float("y", 2)],
  }),
);

const folder = mkdtempSync(join(tmpdir(), "rdu-defaults-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function caseOf(name: string, inputs: readonly Tensor[], y: Tensor): string {
  const directory = join(folder, name);
  mkdirSync(join(directory, "test_data_set_0"), { recursive: true });
  writeFileSync(join(directory, "model.onnx"), bytes);
  inputs.forEach((value, i) => {
    writeFileSync(join(directory, `test_data_set_0/input_${i}.pb`), encodeDataFile(value));
  });
  writeFileSync(join(directory, "test_data_set_0/output_0.pb"), encodeDataFile(y));
  return directory;
}

const CASES = {
  "only what has no initializer": caseOf("free", [x], vector(8, 14)),
  "every input, as it is anyway": caseOf("same", [scale, x, bias], vector(8, 14)),
  "another value for one of them": caseOf("other", [scale, x, vector(-1, -2)], vector(2, 6)),
};

describe.each(Object.entries(CASES))("a data set gives %s", (_, directory) => {
  test("verify compiles what it must feed", async () => {
    const { passed, sets } = await verify(join(directory, "model.onnx"), { data: directory });
    expect([passed, sets.map(({ shipped }) => shipped.length)]).toEqual([true, [1]]);
  });
});

test.each(["reference", "rdu"] as const)("conformance of the backend %s does, too", async (backend) => {
  const { total } = await conformance(folder, { backend });
  expect(total.pass).toBe(3);
});

test("inputs with an initializer are constants unless they are named", async () => {
  const fixed = await load((await compile(bytes)).pef);
  expect(fixed.inputs.map(({ name }) => name)).toEqual(["x"]);
  await expect(fixed.run({ x, bias })).rejects.toThrow('unknown input: "bias"');
  const options = { asInputs: ["bias"] };
  const open = await load((await compile(bytes, options)).pef);
  expect(open.inputs.map(({ name }) => name)).toEqual(["x", "bias"]);
  const inputs = { x, bias: vector(0, 1) };
  expect((await open.run(inputs)).outputs).toEqual({ y: vector(3, 9) });
  expect(await reference(bytes, inputs, options)).toEqual({ y: vector(3, 9) });
});

test("a name that has no initializer is refused", () => {
  expect(() => check(bytes, { asInputs: ["x"] })).toThrow('"x" is no input that has an initializer');
});

test("more files than inputs are refused", async () => {
  const directory = caseOf("odd", [x, x], vector(8, 14));
  await expect(verify(join(directory, "model.onnx"), { data: directory })).rejects.toThrow("has no input to go to");
});
