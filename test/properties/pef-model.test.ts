import { readFileSync } from "node:fs";
import { compileModel } from "@rdu/compiler";
import { decode, encode, joined } from "@rdu/pef";
import { load } from "@rdu/runtime";
import { expect, test } from "vitest";

const MODELS = ["digits_cnn/torchscript", "residual_mlp/torchscript", "transformer_encoder/dynamo"];

test.each(MODELS)("a real model's PEF holds all that the compiler made: %s", (model) => {
  const url = new URL(`../../fixtures/models/${model}/model.onnx`, import.meta.url);
  const compile = () => {
    const noFiles = () => {
      throw new Error("the model has no external data");
    };
    const source = { kind: "onnx", bytes: readFileSync(url) } as const;
    const { pef } = compileModel(source, {}, { readExternal: noFiles, version: "test" });
    if (pef === undefined) throw new Error("no PEF was made");
    return pef;
  };
  const pef = compile();
  const bytes = joined(encode(pef));
  // A field that the format does not know would be missing here.
  expect(decode(bytes)).toEqual(pef);
  expect(Buffer.compare(joined(encode(compile())), bytes)).toBe(0);
  const { cycles, sections, charged } = load(bytes).timing();
  expect(cycles).toBeGreaterThan(0);
  const busy = sections.flatMap(({ timing }) => timing.units).reduce((sum, unit) => sum + unit.busy, 0);
  expect([...charged.values()].reduce((sum, one) => sum + one, 0) / busy).toBeCloseTo(1, 9);
  expect(charged.has("(no origin)")).toBe(false);
});
