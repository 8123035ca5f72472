import { existsSync } from "node:fs";
import { join } from "node:path";
import { packFolder } from "../support/packs.ts";

/** A model that is measured: its folder, with a test data set, and the lengths of its symbolic dimensions. */
export interface BenchModel {
  readonly name: string;
  readonly folder: string;
  readonly dims: Readonly<Record<string, number>>;
}

const FIXTURES = new URL("../../fixtures/models/", import.meta.url).pathname;

// biome-ignore format: a table
const ROWS: readonly (readonly ["fixture" | "models" | "conformance", string, Readonly<Record<string, number>>?])[] = [
  ["fixture",     "digits_cnn/dynamo"],
  ["fixture",     "transformer_encoder/dynamo"],
  ["models",      "models/test_cntk_mnist"],
  ["models",      "models/test_cifar_cnn_winml",      { batch_size: 1 }],
  ["models",      "models/test_ultraface_slim320"],
  ["models",      "models/test_espcn_nn_resize"],
  ["models",      "models/test_residual_block"],
  ["models",      "models/test_gesture_keypoint_mlp", { batch: 3 }],
  ["models",      "models/test_bert_tiny",            { batch: 1, tokens: 7 }],
  ["models",      "models/test_llm_sdp_block"],
  ["models",      "models/test_t5_encoder",           { batch: 1, tokens: 6 }],
  ["models",      "models/test_lstm_bidirectional"],
  ["models",      "models/test_dtln_stage1"],
  ["models",      "models/test_magika_standard_v3_3", { unk__214: 1 }],
  ["models",      "models/test_lfm2_tiny_decoder",    { batch_size: 1, sequence_length: 4, total_sequence_length: 4, past_sequence_length: 0 }],
  ["conformance", "light-seeded/test_seeded_squeezenet"],
  ["conformance", "light-seeded/test_seeded_densenet121"],
  ["conformance", "light-seeded/test_seeded_resnet50"],
];

/** Those that are at hand: test data of others may be missing. */
export function benchModels(): readonly BenchModel[] {
  return ROWS.flatMap(([from, path, dims = {}]) => {
    const root = from === "fixture" ? FIXTURES : packFolder(from);
    const folder = root === undefined ? undefined : folderOf(root, path);
    const name = path.replace(/^.*\/test_/, "");
    return folder === undefined ? [] : [{ name, folder, dims }];
  });
}

/** The packs hold their groups with or without a folder around. */
function folderOf(root: string, path: string): string | undefined {
  const candidates = [join(root, path), join(root, path.split("/").slice(1).join("/"))];
  return candidates.find((folder) => existsSync(join(folder, "model.onnx")));
}
