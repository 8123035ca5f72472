import { readdirSync, readFileSync } from "node:fs";
import { CompileError } from "@rdu/diagnostics";
import { decodeDataFile } from "@rdu/onnx";
import { load } from "@rdu/runtime";
import { compareTensors, isTensor, type Tensor } from "@rdu/tensor";
import { expect, test } from "vitest";

const FIXTURES = new URL("../../fixtures/", import.meta.url);
const files = readdirSync(new URL("pef", FIXTURES)).filter((name) => name.endsWith(".pef"));

test.each(files)("an earlier PEF still runs, or is refused for its version: %s", (file) => {
  const tensorOf = (name: string): Tensor => {
    const url = new URL(`models/digits_cnn/torchscript/test_data_set_0/${name}.pb`, FIXTURES);
    const value = decodeDataFile(readFileSync(url));
    if (value === null || !isTensor(value)) throw new Error(`${name} is no tensor`);
    return value;
  };
  try {
    const program = load(readFileSync(new URL(`pef/${file}`, FIXTURES)));
    const { outputs } = program.run(new Map([["input", tensorOf("input_0")]]));
    const found = outputs.get("logits");
    if (found === undefined || !isTensor(found)) throw new Error("no logits");
    expect(compareTensors(found, tensorOf("output_0"))).toMatchObject({ equal: true });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    expect(error.diagnostics.map(({ code }) => code)).toEqual(["E0702"]);
  }
});
