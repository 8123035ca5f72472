import { didYouMean, invariant, reject } from "@rdu/diagnostics";
import type { Chip, Confidence } from "./chip.ts";
import { chipOf, isParameter, type ParameterPath, type ParameterValues, parameterPaths } from "./parameter.ts";

type Row = readonly [value: number, confidence: Confidence, source: string];

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** The default. Sources are spelt out in docs/chip.md; the chip's exact clock, tile counts and latencies are not published. */
// biome-ignore format: a table
const SN40L: Readonly<Record<ParameterPath, Row>> = {
  clockGigahertz:                  [1.6, "D", "MICRO24: below 2; 1040 x 6 x 32 x 2 x 1.6 GHz = 639 TFLOPS, published 638"],
  tiles:                           [8, "I", "2 dies (P) of 4 tiles"],
  rows:                            [13, "I", "8 x 13 x 20 = 2080 sites = 1040 PCUs + 1040 PMUs, which SC24 and HC24 publish"],
  columns:                         [20, "I", "as rows"],
  agcusPerTile:                    [4, "I", "patents describe 4, one the master"],
  tilesPerDie:                     [4, "I", "2 dies are published"],
  "pcu.systolicRows":              [6, "P", "DFModel setup of SN10 and SN30, output-stationary"],
  "pcu.systolicColumns":           [32, "P", "DFModel setup of SN10 and SN30"],
  "pcu.simdStages":                [6, "D", "DFModel, Plasticine"],
  "pcu.vectorBytes":               [64, "P", "Plasticine: 512-bit vectors, 16 words of 32 bits"],
  "pcu.vectorInputs":              [4, "P", "Plasticine: 4 vector FIFOs in"],
  "pcu.vectorOutputs":             [4, "P", "Plasticine: 4 vector outputs"],
  "pcu.counters":                  [6, "P", "Plasticine: 6 counters"],
  "pcu.headerCycles":              [4, "I", "no figure published"],
  "pcu.stageCycles":               [1, "I", "fully pipelined SIMD"],
  "pcu.tailCycles":                [6, "I", "no figure published"],
  "pcu.systolicCyclesBf16":        [1, "D", "peak of 638 bf16 TFLOPS"],
  "pcu.systolicCyclesFp32":        [4, "I", "fp32 decomposed into bf16 passes (HC33, US 11,250,105)"],
  "pcu.systolicCyclesInt8":        [1, "I", "no source claims more than the bf16 rate"],
  "pcu.emulatedInt64Factor":       [4, "I", "64-bit words as pairs of 32-bit lane operations; the chip has no 64-bit type"],
  "pcu.emulatedFloat64Factor":     [16, "I", "software double; the chip has no 64-bit type"],
  "pmu.bytes":                     [512 * KIB, "D", "520 MiB / 1040, CS149"],
  "pmu.banks":                     [32, "I", "Plasticine has 16 banks of 16 KiB"],
  "pmu.counters":                  [6, "P", "Plasticine: 6 counters"],
  "pmu.vectorInputs":              [4, "P", "Plasticine: 4 vector FIFOs in"],
  "pmu.vectorOutputs":             [4, "P", "Plasticine: 4 vector outputs"],
  "pmu.readBytesPerCycle":         [64, "I", "one read port; STeP models 64 B a cycle"],
  "pmu.writeBytesPerCycle":        [64, "I", "one write port"],
  "pmu.latencyCycles":             [7, "I", "6 to 8"],
  "pmu.programs":                  [16, "I", "HC24 publishes 4 addresses a cycle, not the number of programs that share them"],
  "agcu.streams":                  [16, "I", "no figure published"],
  "agcu.bytesPerCycle":            [64, "I", "one vector a cycle each way"],
  "agcu.latencyCycles":            [10, "I", "hit of the segment lookaside buffer"],
  "network.linkBytesPerCycle":     [64, "P", "Plasticine: 512-bit flits"],
  "network.linksPerNeighbour":     [2, "P", "Plasticine: 2 vector links between neighbours"],
  "network.hopCycles":             [2, "I", "no figure published"],
  "network.fifoDepth":             [16, "P", "Plasticine: FIFO depth 16"],
  "network.dieToDieBytesPerCycle": [512, "I", "819 GB/s; not published"],
  "hbm.bytes":                     [64 * GIB, "P", "MICRO24"],
  "hbm.bytesPerCycle":             [1024, "D", "HC24: 25.6 TB/s per 16 sockets; STeP: 1024 B a cycle"],
  "hbm.efficiency":                [0.98, "I", "fitted: 0.97 to 0.98 of 1.638 TB/s"],
  "hbm.latencyNanoseconds":        [150, "I", "no figure published"],
  "ddr.bytes":                     [1536 * GIB, "P", "MICRO24: up to 1.5 TiB"],
  "ddr.gigabytesPerSecond":        [200, "P", "MICRO24 Table II"],
  "ddr.latencyNanoseconds":        [250, "I", "no figure published"],
  "host.gigabytesPerSecond":       [63, "I", "PCIe Gen5 x16; generation not published"],
  "launchMicroseconds.hardware":   [25, "D", "20 to 50 per boundary, from kernel looping measurements"],
  "launchMicroseconds.software":   [200, "I", "150 to 300, from published ratios of 1.4 to 8"],
  occupancy:                       [0.9, "P", "MICRO24: a fused decoder takes about 90 % of PCUs and PMUs"],
};

const OTHER_READING =
  "the reading 16 x 8 cells of 2 MACs at 1.2 GHz (CS149 slide 13), which gives the published peak too";

/** CS149 labels the PCU "16 x 8 bf16"; with 2 multiply-accumulates a cell, 1.2 GHz gives the published 638 TFLOPS. */
// biome-ignore format: a table
const ALTERNATIVE: Partial<Record<ParameterPath, Row>> = {
  clockGigahertz:                  [1.2, "D", OTHER_READING],
  "pcu.systolicRows":              [16, "P", OTHER_READING],
  "pcu.systolicColumns":           [8, "P", OTHER_READING],
  "pcu.systolicCyclesBf16":        [0.5, "D", OTHER_READING],
  "pcu.systolicCyclesFp32":        [2, "I", "a quarter of the bf16 rate"],
  "pcu.systolicCyclesInt8":        [0.5, "I", "the bf16 rate"],
  "hbm.bytesPerCycle":             [1365.25, "D", "1638.3 GB/s at 1.2 GHz"],
  "network.dieToDieBytesPerCycle": [682, "I", "819 GB/s at 1.2 GHz"],
};

const TEACHING = "made up: small enough to draw and to fill by hand";

// biome-ignore format: a table
const MINI_4X4: Partial<Record<ParameterPath, Row>> = {
  tiles:                           [1, "I", TEACHING],
  rows:                            [4, "I", TEACHING],
  columns:                         [4, "I", TEACHING],
  agcusPerTile:                    [2, "I", TEACHING],
  tilesPerDie:                     [1, "I", TEACHING],
  "pmu.bytes":                     [64 * KIB, "I", TEACHING],
  "hbm.bytes":                     [64 * MIB, "I", TEACHING],
  "hbm.bytesPerCycle":             [128, "I", "one vector a cycle for each AGCU"],
  "ddr.bytes":                     [1 * GIB, "I", TEACHING],
  "ddr.gigabytesPerSecond":        [25, "I", "one channel"],
  occupancy:                       [1, "I", TEACHING],
};

// biome-ignore format: a table
const MINI_8X8: Partial<Record<ParameterPath, Row>> = {
  ...MINI_4X4,
  rows:                            [8, "I", TEACHING],
  columns:                         [8, "I", TEACHING],
  agcusPerTile:                    [4, "I", TEACHING],
  "pmu.bytes":                     [128 * KIB, "I", TEACHING],
  "hbm.bytes":                     [256 * MIB, "I", TEACHING],
  "hbm.bytesPerCycle":             [256, "I", "one vector a cycle for each AGCU"],
};

/** The chips that need no file, the default first. */
export const PRESETS: readonly Chip[] = [
  preset("sn40l", {}),
  preset("sn40l-16x8", ALTERNATIVE),
  preset("mini-4x4", MINI_4X4),
  preset("mini-8x8", MINI_8X8),
];

export const DEFAULT_CHIP: Chip = presetChip("sn40l");

/** A preset by name. Rejects an unknown name with E0501 and a suggestion. */
export function presetChip(name: string): Chip {
  const chip = PRESETS.find((preset) => preset.name === name);
  if (chip !== undefined) return chip;
  const known = PRESETS.map((preset) => preset.name);
  return reject("E0501", `"${name}"`, { hint: `${didYouMean(name, known)}; or give a .chip file` });
}

function preset(name: string, changes: Partial<Record<ParameterPath, Row>>): Chip {
  const values: Partial<Record<ParameterPath, number>> = {};
  const sources: Record<string, { confidence: Confidence; source: string }> = {};
  for (const path of parameterPaths()) {
    const [value, confidence, source] = changes[path] ?? SN40L[path];
    values[path] = value;
    sources[path] = { confidence, source };
  }
  invariant(isComplete(values), "every parameter of a preset has a row");
  return chipOf(name, values, sources);
}

function isComplete(values: Partial<Record<ParameterPath, number>>): values is ParameterValues {
  return Object.keys(values).filter(isParameter).length === parameterPaths().length;
}
