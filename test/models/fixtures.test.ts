import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OPTIMIZE_LEVELS } from "@rdu/fusion";
import { compile, verify } from "@rdu/sdk";
import { describe, expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("../../fixtures/models", import.meta.url));
const trained = ["digits_cnn", "residual_mlp", "transformer_encoder"].flatMap((model) =>
  readdirSync(join(FOLDER, model), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${model}/${name}`),
);

/** Every model of ours, as both exporters of PyTorch wrote it: PyTorch's outputs, the reference and the chip agree, nothing on the host. */
describe.each([...trained, "external_data"])("%s", (model) => {
  const folder = join(FOLDER, model);
  const levels = model.endsWith("/dynamo") ? OPTIMIZE_LEVELS : ([1] as const);

  test.each(levels)("at -O%i", async (optimize) => {
    const { passed, report, sets } = await verify(join(folder, "model.onnx"), { data: folder, compile: { optimize } });
    expect(report.hostCalls).toEqual([]);
    expect(sets.flatMap(({ shipped, reference }) => [...shipped, ...reference]).filter(({ equal }) => !equal)).toEqual(
      [],
    );
    expect(sets.every(({ shipped }) => shipped.length > 0)).toBe(true);
    expect(passed).toBe(true);
  });
});

test("-O0 has one section an operator, -O1 and -O3 fewer", async () => {
  const sections = async (optimize: 0 | 1 | 3): Promise<number> => {
    const { report } = await compile(join(FOLDER, "transformer_encoder/dynamo/model.onnx"), { optimize });
    return report.sections.length;
  };
  const [plain, fused, whole] = [await sections(0), await sections(1), await sections(3)];
  expect(plain).toBeGreaterThan(20);
  expect(fused).toBeLessThan(plain / 4);
  expect(whole).toBeLessThanOrEqual(fused);
});
