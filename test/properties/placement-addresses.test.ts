import { type Chip, chipOf, presetChip, valuesOf } from "@rdu/chip";
import { checkPlacement, type Flow, symbolBytes, type TensorSymbol, verifyFlow } from "@rdu/flow";
import { assignAddresses, place } from "@rdu/placement";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomProgram } from "../support/random-program.ts";

/** Sections in a row, each turning the tensor of the one before into the next, with a second operand that may be an older tensor. */
function chain(lengths: readonly number[], older: readonly number[]): Flow {
  const symbols = new Map<string, TensorSymbol>();
  const sections = lengths.map((elements, number) => {
    const section = randomProgram({ tiles: 1, elements, stages: [17], depth: 1, span: 1 });
    const previous = Math.max(0, number - 1);
    const second = Math.min(number, (older[number] ?? 0) % (number + 1));
    const names: Readonly<Record<string, string>> = { x: `t${previous}`, w: `t${second}`, "s0.out": `t${number + 1}` };
    for (const symbol of section.symbols) {
      const name = names[symbol.name]!;
      const role = name === "t0" ? "input" : name === `t${lengths.length}` ? "output" : "intermediate";
      // A reader takes as much of a tensor as it has.
      const longest = Math.max(elements, symbols.get(name)?.shape[1] ?? 0);
      symbols.set(name, { ...symbol, name, role, shape: [1, longest] });
    }
    return {
      ...section.sections[0]!,
      name: `s${number}`,
      units: section.sections[0]!.units.map((unit) =>
        "symbol" in unit ? { ...unit, symbol: names[unit.symbol]! } : unit,
      ),
    };
  });
  return {
    name: "chain",
    symbols: [...symbols.values()],
    sections,
    schedule: sections.map(({ name }) => ({ kind: "section", section: name })),
  };
}

const chains = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat()), { minLength: 1, maxLength: 10 })
  .map((steps) =>
    chain(
      steps.map(([length]) => length),
      steps.map(([, older]) => older),
    ),
  );

function withMemory(hbmBytes: number): Chip {
  const base = presetChip("mini-4x4");
  return chipOf("small", { ...valuesOf(base), "hbm.bytes": hbmBytes }, base.sources);
}

function extentIn(tier: string, flow: Flow): number {
  return Math.max(0, ...flow.symbols.map((s) => (s.tier === tier ? (s.address ?? 0) + symbolBytes(s) : 0)));
}

describe("addresses", () => {
  test("are accepted by the checker, with room in HBM and without", () => {
    fc.assert(
      fc.property(chains, fc.integer({ min: 6, max: 14 }), (flow, bits) => {
        const chip = withMemory(2 ** bits);
        expect(verifyFlow(flow, chip)).toEqual([]);
        const placed = place(flow, chip, { seed: 0 });
        expect(checkPlacement(placed.flow, chip, placed.placement)).toEqual([]);
        expect(extentIn("hbm", placed.flow)).toBeLessThanOrEqual(2 ** bits);
      }),
      { numRuns: 30 },
    );
  });

  test("of a long chain take no more than its three largest tensors", () => {
    const flow = assignAddresses(
      chain(
        Array.from({ length: 20 }, () => 256),
        Array.from({ length: 20 }, (_, number) => number),
      ),
      presetChip("mini-4x4"),
    );
    expect(extentIn("hbm", flow)).toBeLessThanOrEqual(3 * 1024);
  });

  test("in DDR go to what is moved least", () => {
    // t1 is read by every later section, t2 only once; one of them has to go.
    const flow = chain([256, 256, 256, 256, 256], [0, 1, 1, 1, 1]);
    const all = extentIn("hbm", assignAddresses(flow, presetChip("mini-4x4")));
    const spilled = assignAddresses(flow, withMemory(all - 64));
    const inDdr = spilled.symbols.filter(({ tier }) => tier === "ddr").map(({ name }) => name);
    expect(inDdr.length).toBeGreaterThan(0);
    expect(inDdr).not.toContain("t1");
  });
});
