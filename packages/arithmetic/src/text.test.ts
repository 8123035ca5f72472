import { CompileError, Parser } from "@rdu/diagnostics";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkInstructions } from "./check.ts";
import { convert } from "./convert.ts";
import type { Immediate, Instruction, LaneType, Operand } from "./instruction.ts";
import { LANE_TYPES } from "./lane.ts";
import { OPCODES, operandType, signatureOf } from "./signature.ts";
import { parseInstruction, printInstruction } from "./text.ts";

function parse(text: string): Instruction {
  const parser = new Parser(text);
  const instruction = parseInstruction(parser);
  parser.expectEnd();
  return instruction;
}

function immediate(type: LaneType): fc.Arbitrary<Immediate> {
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, 1e-45, 3.5e38, Number.NaN, Number.POSITIVE_INFINITY),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  );
  return number.map((value) => ({
    type,
    value: convert(value, typeof value === "bigint" ? "i64" : "f64", type),
  }));
}

const instruction: fc.Arbitrary<Instruction> = fc
  .constantFrom(...OPCODES)
  .chain((op) => fc.record({ op: fc.constant(op), type: fc.constantFrom(...signatureOf(op).types) }))
  .chain(({ op, type }): fc.Arbitrary<Instruction> => {
    const operand = (position: number): fc.Arbitrary<Operand> =>
      fc.oneof(fc.nat({ max: 99 }), immediate(operandType({ op, type }, position)));
    const operands = fc.tuple(...signatureOf(op).operands.map((_, position) => operand(position)));
    if (op === "convert" || op === "reinterpret")
      return fc.record({ op: fc.constant(op), type: fc.constant(type), operands, to: fc.constantFrom(...LANE_TYPES) });
    if (op === "round" || op === "wrap" || op === "saturate") {
      return fc.record({
        op: fc.constant(op),
        type: fc.constant(type),
        operands,
        storage: fc.constantFrom("bfloat16", "int8", "float8e5m2", "uint4"),
      });
    }
    return fc.record({ op: fc.constant(op), type: fc.constant(type), operands });
  });

test("what is printed reads back as the same instruction", () => {
  fc.assert(
    fc.property(instruction, (subject) => {
      const text = printInstruction(subject);
      const back = parse(text);
      expect(printInstruction(back)).toBe(text);
      expect({ ...back, operands: [] }).toEqual({ ...subject, operands: [] });
      for (const [position, operand] of subject.operands.entries()) expect(back.operands[position]).toEqual(operand);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  "add.f32 r0, 1.5",
  "select.i64 r2, r0, -1",
  "max.f32 r0, -inf",
  "round.f32 r3 as bf16",
  "convert.f32 nan to i32",
  "and.bool true, r1",
])("%s is canonical", (text) => {
  expect(printInstruction(parse(text))).toBe(text);
});

test.each([
  ["plus.f32 r0, r1", 'E0401: syntax error: unknown operation "plus"'],
  ["add.f16 r0, r1", 'E0401: syntax error: expected a lane type after "add."'],
  ["add.i32 r0, 3000000000", "E0405: number is out of range: 3000000000 is not a value of i32"],
  ["round.f32 r0 as f17", 'E0401: syntax error: unknown element type "f17"'],
  ["neg.f32 r0, r1", 'E0401: syntax error: expected the end of the text, found ","'],
])("%s is refused", (text, message) => {
  expect(() => parse(text)).toThrow(CompileError);
  expect(() => parse(text)).toThrow(message);
});

test("bodies are typed, and every mistake is told", () => {
  const good: Instruction[] = [
    { op: "lt", type: "f32", operands: [0, { type: "f32", value: 0 }] },
    { op: "select", type: "f32", operands: [2, 0, 0] },
    { op: "convert", type: "f32", operands: [3], to: "i64" },
  ];
  expect(checkInstructions(good, ["f32", "i32"])).toEqual({
    types: ["f32", "i32", "bool", "f32", "i64"],
    messages: [],
  });
  const bad = [
    { op: "add", type: "f32", operands: [0, 1] },
    { op: "add", type: "bool", operands: [0] },
    { op: "sqrt", type: "f32", operands: [9] },
    { op: "mul", type: "i32", operands: [1, { type: "i32", value: 0.5 }] },
    { op: "reinterpret", type: "f32", operands: [0], to: "f64" },
    { op: "wrap", type: "i32", operands: [1], storage: "bfloat16" },
    { op: "neg", type: "i32", operands: [1], to: "f32" },
  ] as const satisfies readonly Instruction[];
  expect(checkInstructions(bad, ["f32", "i32"]).messages).toMatchInlineSnapshot(`
    [
      "r2: operand 1 of add.f32 must be f32, r1 is i32",
      "r3: add does not work in bool lanes",
      "r3: add takes 2 operands, found 1",
      "r3: operand 0 of add.bool must be bool, r0 is f32",
      "r4: r9 is not an earlier register",
      "r5: 0.5 is not a value of i32",
      "r6: f32 and f64 differ in width",
      "r7: wrap.i32 does not give bfloat16",
      "r8: neg gives no other lane type",
    ]
  `);
});
