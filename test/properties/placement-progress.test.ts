import { presetChip } from "@rdu/chip";
import { CompileError } from "@rdu/diagnostics";
import { checkPlacement, type Flow, type Handshake, type Section, symbolBytes, symbolsByName } from "@rdu/flow";
import { place } from "@rdu/placement";
import { exact } from "@rdu/simulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ProgramShape, randomProgram } from "../support/random-program.ts";

const chip = presetChip("mini-8x8");

const shapes: fc.Arbitrary<ProgramShape> = fc.record({
  tiles: fc.integer({ min: 1, max: 6 }),
  elements: fc.integer({ min: 1, max: 100 }),
  stages: fc.array(fc.nat({ max: 65535 }), { minLength: 1, maxLength: 6 }),
  depth: fc.integer({ min: 1, max: 4 }),
  span: fc.constant(1),
});

/** Changes of what orders a section, never of what it computes. */
type Change = (section: Section, pick: (count: number) => number) => Section;

function changeHandshake(
  section: Section,
  pick: (count: number) => number,
  change: (old: Handshake) => Handshake,
): Section {
  const memories = section.units.filter((unit) => unit.kind === "memory" && unit.handshakes.length > 0);
  const chosen = memories[pick(memories.length)];
  if (chosen?.kind !== "memory") return section;
  const number = pick(chosen.handshakes.length);
  const handshakes = chosen.handshakes.map((old, index) => (index === number ? change(old) : old));
  return { ...section, units: section.units.map((unit) => (unit === chosen ? { ...chosen, handshakes } : unit)) };
}

const CHANGES: readonly Change[] = [
  (section, pick) => {
    const chosen = pick(section.streams.length);
    const depth = 1 + pick(8);
    return { ...section, streams: section.streams.map((stream, i) => (i === chosen ? { ...stream, depth } : stream)) };
  },
  (section, pick) =>
    changeHandshake(section, pick, (old) => ({ ...old, need: { ...old.need, offset: pick(2), delay: pick(3) } })),
  (section, pick) =>
    changeHandshake(section, pick, (old) => ({ ...old, grant: { ...old.grant, offset: pick(2), delay: pick(6) } })),
  (section, pick) => {
    const memories = section.units.filter((unit) => unit.kind === "memory");
    const chosen = memories[pick(memories.length)];
    if (chosen === undefined) return section;
    const capacity = 1 + pick(chosen.elements);
    return { ...section, units: section.units.map((unit) => (unit === chosen ? { ...chosen, capacity } : unit)) };
  },
];

/** Bytes of every tensor after a run of the exact engine on inputs that differ in every element; or what stopped it. */
function run(flow: Flow): Map<string, Uint8Array> | string {
  const memory = new Map<string, Uint8Array>();
  for (const symbol of flow.symbols) {
    const bytes = new Uint8Array(symbolBytes(symbol));
    if (symbol.role === "input") {
      const values = new Float32Array(bytes.buffer);
      for (let i = 0; i < values.length; i += 1) values[i] = i * 1.25 + symbol.name.length;
    }
    memory.set(symbol.name, bytes);
  }
  try {
    for (const section of flow.sections) exact(section, symbolsByName(flow), memory);
    return memory;
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}

test("what the checker accepts, the exact engine runs to its end with the same result", () => {
  let accepted = 0;
  let refused = 0;
  let stopped = 0;
  fc.assert(
    fc.property(
      shapes,
      fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
      fc.infiniteStream(fc.nat()),
      (shape, kinds, choices) => {
        const { flow, placement } = place(randomProgram(shape), chip, { seed: 1 });
        const pick = (count: number): number => choices.next().value! % Math.max(1, count);
        const section = kinds.reduce((found, kind) => CHANGES[kind]!(found, pick), flow.sections[0]!);
        const changed = { ...flow, sections: [section] };
        const good = checkPlacement(changed, chip, placement).length === 0;
        const result = run(changed);
        if (typeof result === "string") stopped += 1;
        if (!good) {
          refused += 1;
          return;
        }
        accepted += 1;
        expect(result).toEqual(run(flow));
      },
    ),
    { numRuns: 100 },
  );
  // Both outcomes must really occur, or the property says nothing.
  expect(Math.min(accepted, refused, stopped)).toBeGreaterThan(3);
});
