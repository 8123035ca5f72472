import { CompileError } from "@rdu/diagnostics";
import { decode, dump, encode, joined, type Pef, validate } from "@rdu/pef";
import { load } from "@rdu/runtime";
import { elementsOf } from "@rdu/simulator";
import { fromBytes, isTensor, type Tensor, toBytes, type Value } from "@rdu/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pefOfSection } from "../support/pef-of-section.ts";
import type { SectionCase } from "../support/section-builder.ts";
import { mapSection } from "../support/sections/map.ts";
import { SECTION_KINDS } from "../support/sections.ts";

const cases = fc.oneof(...Object.values(SECTION_KINDS));

describe("a program in a PEF", () => {
  test.each(Object.entries(SECTION_KINDS))("computes what its section means: %s", (_, kind) => {
    fc.assert(
      fc.property(kind, (given) => {
        const program = load(joined(encode(pefOfSection(given))));
        const { timing } = program.run(inputsOf(given));
        for (const engine of ["exact", "fast"] as const) {
          const { outputs } = program.run(inputsOf(given), { engine, timing: false });
          for (const [name, expected] of given.expected) expect(valuesOf(outputs.get(name))).toEqual(expected);
        }
        const [section] = timing?.sections ?? [];
        const busy = section?.timing.units.reduce((sum, unit) => sum + unit.busy, 0) ?? 0;
        for (const unit of section?.timing.units ?? []) {
          const accounted = unit.busy + unit.stalledOnInput + unit.stalledOnOutput;
          expect(accounted).toBeLessThanOrEqual(timing!.cycles + 1e-6);
        }
        const charged = [...(timing?.charged.values() ?? [])].reduce((sum, cycles) => sum + cycles, 0);
        expect(charged).toBeCloseTo(busy, 6);
      }),
      { numRuns: 10 },
    );
  });

  test("shows in its dump whatever it holds", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const pef = pefOfSection(given);
        const text = dump(joined(encode(pef)));
        for (const { name } of [...given.section.units, ...given.section.streams, ...given.symbols.values()]) {
          expect(text).toContain(name);
        }
      }),
      { numRuns: 10 },
    );
  });

  test("with changed contents under good checksums is refused or accepted by the checkers, quickly", () => {
    const checksum = () => 0;
    const outcomes = { refused: 0, accepted: 0 };
    fc.assert(
      fc.property(
        cases,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (given, changes) => {
          const bytes = joined(encode(pefOfSection(given), { checksum }));
          for (const [at, value] of changes) bytes[64 + (at % (bytes.length - 64))] = value;
          const before = performance.now();
          if (outcomeOf(() => accepted(bytes, checksum, inputsOf(given))) === undefined) outcomes.refused += 1;
          else outcomes.accepted += 1;
          expect(performance.now() - before).toBeLessThan(5000);
        },
      ),
      { numRuns: 150 },
    );
    expect(outcomes.refused).toBeGreaterThan(0);
    expect(outcomes.accepted).toBeGreaterThan(0);
  });

  test("is refused when a compute unit is taken out", () => {
    fc.assert(
      fc.property(cases, fc.nat(), (given, pick) => {
        const pef = pefOfSection(given);
        const [section] = pef.flow.sections;
        const computes = (section?.units ?? []).filter(({ kind }) => kind === "compute");
        const gone = computes[pick % computes.length];
        if (section === undefined || gone === undefined) return;
        const units = section.units.filter((unit) => unit !== gone);
        const streams = section.streams.filter(({ from, to }) => [from, ...to].every(({ unit }) => unit !== gone.name));
        const without = { ...pef, flow: { ...pef.flow, sections: [{ ...section, units, streams }] } };
        expect(() => validate(without)).toThrow(CompileError);
      }),
      { numRuns: 30 },
    );
  });

  test("is refused when a hop is taken out of a route", () => {
    fc.assert(
      fc.property(cases, fc.nat(), fc.nat(), (given, pick, which) => {
        const pef = pefOfSection(given);
        const [placed] = pef.placement.sections;
        const routed = [...(placed?.routes ?? [])].filter(([, { hops }]) => hops.length > 0);
        const [name, route] = routed[pick % Math.max(1, routed.length)] ?? [];
        if (placed === undefined || name === undefined || route === undefined) return;
        const hops = route.hops.filter((_, index) => index !== which % route.hops.length);
        const routes = new Map([...placed.routes, [name, { hops }]]);
        const cut = { ...pef, placement: { ...pef.placement, sections: [{ ...placed, routes }] } };
        expect(() => validate(cut)).toThrow(CompileError);
      }),
      { numRuns: 30 },
    );
  });

  test("gives another result, or is refused, when an address is changed", () => {
    const outcomes = { same: 0, other: 0 };
    fc.assert(
      fc.property(cases, fc.nat(), (given, pick) => {
        const pef = pefOfSection(given);
        const [section] = pef.flow.sections;
        const loads = (section?.units ?? []).filter((unit) => unit.kind === "load");
        const changed = loads[pick % loads.length];
        if (section === undefined || changed === undefined) return;
        const { program } = changed;
        const address = { ...program.address, base: program.address.base + 1 };
        const units = section.units.map((unit) =>
          unit === changed ? { ...changed, program: { ...program, address } } : unit,
        );
        const moved = { ...pef, flow: { ...pef.flow, sections: [{ ...section, units }] } };
        const run = (subject: Pef) => load(subject).run(inputsOf(given), { timing: false }).outputs;
        const before = run(pef);
        const after = outcomeOf(() => run(moved));
        const same = after !== undefined && [...before].every(([name, value]) => equalBytes(value, after.get(name)));
        outcomes[same ? "same" : "other"] += 1;
      }),
      { numRuns: 40 },
    );
    // An element read in place of another may happen to hold the same value.
    expect(outcomes.other).toBeGreaterThan(9 * outcomes.same);
  });

  test("has its inputs checked, all at once", () => {
    const [given] = fc.sample(mapSection, { seed: 1, numRuns: 1 });
    const program = load(pefOfSection(given!));
    const inputs = inputsOf(given!);
    const [first] = inputs.keys();
    const wrong = new Map<string, Value>([[`${first}x`, { dtype: "float64", shape: [1], data: new Float64Array(1) }]]);
    expect(codesOf(() => program.run(wrong))).toEqual(["E0801", "E0802"]);
    inputs.set(first!, { dtype: "complex64", shape: [1], data: new Float32Array(2) });
    expect(codesOf(() => program.run(inputs))).toEqual(["E0804"]);
    inputs.set(first!, reshapedWrong(program.inputs[0]!.dtype!));
    expect(codesOf(() => program.run(inputs))).toEqual(["E0803"]);
  });
});

/** Decodes, validates and runs. */
function accepted(bytes: Uint8Array, checksum: () => number, inputs: ReadonlyMap<string, Value>): Pef {
  const pef = decode(bytes, { checksum });
  validate(pef);
  const program = load(pef, { validate: false });
  program.timing();
  outcomeOf(() => program.run(inputs));
  return pef;
}

function inputsOf(given: SectionCase): Map<string, Value> {
  const memory = given.memory();
  const inputs = new Map<string, Value>();
  for (const { name, dtype, shape, role } of given.symbols.values()) {
    if (role === "input") inputs.set(name, fromBytes(dtype, shape, memory.get(name)!));
  }
  return inputs;
}

function valuesOf(value: Value | undefined) {
  if (value === undefined || !isTensor(value)) throw new Error("no tensor");
  const elements = elementsOf(toBytes(value), value.dtype);
  return Array.from({ length: elements.length }, (_, index) => elements.get(index));
}

function equalBytes(a: Value, b: Value | undefined): boolean {
  if (b === undefined || !isTensor(a) || !isTensor(b)) throw new Error("no tensor");
  return Buffer.compare(toBytes(a), toBytes(b)) === 0;
}

function reshapedWrong(dtype: Tensor["dtype"]): Tensor {
  return fromBytes(dtype, [0, 3], new Uint8Array(0));
}

function codesOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

/** The value, or undefined for a CompileError; anything else thrown is a failure. */
function outcomeOf<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}
