import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompileError } from "../compile-error.ts";
import { render } from "../render.ts";
import { lex } from "./lex.ts";
import { Parser } from "./parser.ts";
import { Printer } from "./printer.ts";
import { writeFloat, writeName, writeString, writeValueName } from "./write.ts";

const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...'ab09_./:->%" \\\n\t,[]{}é') }),
);

describe("names and strings", () => {
  test("any name reads back, alone and between other tokens", () => {
    fc.assert(
      fc.property(texts, texts, (name, other) => {
        const text = `${writeName(name)} -> ${writeValueName(other)}: f32[${writeValueName(name)}] // at\n${writeString(other)}`;
        const parser = new Parser(text);
        expect(parser.name()).toBe(name);
        parser.expect("->");
        expect(parser.valueName()).toBe(other);
        parser.expect(":");
        expect(parser.identifier()).toBe("f32");
        expect(parser.list("[", "]", () => parser.valueName())).toEqual([name]);
        expect(parser.comment()).toBe("at");
        expect(parser.string()).toBe(other);
        parser.expectEnd();
      }),
      { numRuns: 2000 },
    );
  });

  test("names of exporters stay unquoted, others do not", () => {
    const names = [
      "/fc1/MatMul",
      "encoder.0.weight",
      "StatefulPartitionedCall:0",
      "a-b",
      "/0/Add",
      "12",
      "a b",
      "x:y",
      "a-",
      "//",
      "",
      "inf",
    ];
    expect(names.map((name) => `${writeName(name)} ${writeValueName(name)}`)).toEqual([
      "/fc1/MatMul %/fc1/MatMul",
      "encoder.0.weight %encoder.0.weight",
      "StatefulPartitionedCall:0 %StatefulPartitionedCall:0",
      "a-b %a-b",
      "/0/Add %/0/Add",
      '"12" %12',
      '"a b" %"a b"',
      '"x:y" %"x:y"',
      '"a-" %"a-"',
      '"//" %"//"',
      '"" %""',
      '"inf" %inf',
    ]);
  });
});

describe("numbers", () => {
  test("every double reads back to the same bits", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(new Parser(writeFloat(value)).float()).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  test("every single reads back to the same bits, in at most nine digits", () => {
    fc.assert(
      fc.property(fc.float(), (value) => {
        const text = writeFloat(value, "f32");
        expect(Math.fround(new Parser(text).float())).toBe(value);
        expect(
          text
            .replace(/e.*$/, "")
            .replace(/[-.]/g, "")
            .replace(/^0+|0+$/g, "").length,
        ).toBeLessThanOrEqual(9);
      }),
      { numRuns: 2000 },
    );
  });

  test("shortest forms", () => {
    const values = [1, 0.1, -0, 0, 1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53];
    expect(values.map((value) => writeFloat(value))).toEqual([
      "1.0",
      "0.1",
      "-0.0",
      "0.0",
      "1e+21",
      "1e-7",
      "nan",
      "inf",
      "-inf",
      "9007199254740992.0",
    ]);
    expect(writeFloat(Math.fround(0.1), "f32")).toBe("0.1");
    expect(writeFloat(Math.fround(3.4028234663852886e38), "f32")).toBe("3.4028235e+38");
    expect(writeFloat(Math.fround(1e-45), "f32")).toBe("1e-45");
  });

  test("integers of any size read back", () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(new Parser(`${value}`).bigint()).toBe(value);
      }),
    );
  });

  test("ranges, signs and divisions are tokens of their own", () => {
    const kinds = lex("0..4 k - 1 k -1 i / 2 (x + y) % 2 a->b 2.5e3").tokens.map(({ kind, text }) => `${kind} ${text}`);
    expect(kinds.join(", ")).toBe(
      "int 0, punctuation .., int 4, identifier k, punctuation -, int 1, identifier k, punctuation -, int 1, " +
        "identifier i, punctuation /, int 2, punctuation (, identifier x, punctuation +, identifier y, punctuation ), " +
        "punctuation %, int 2, identifier a, punctuation ->, identifier b, float 2.5e3, end ",
    );
  });
});

describe("errors", () => {
  const failure = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      if (error instanceof CompileError) return error.diagnostics.map(render).join("\n");
      throw error;
    }
    return "nothing was rejected";
  };

  test("a syntax error lists everything asked for at its place", () => {
    const parser = new Parser("graph g(%x f32)\n", "g.graph");
    parser.expect("graph");
    parser.name();
    parser.expect("(");
    parser.valueName();
    expect(failure(() => (parser.accept(",") || parser.accept(")")) && parser.expect("{"))).toBe(
      "nothing was rejected",
    );
    expect(failure(() => parser.expect(":"))).toMatchInlineSnapshot(`
      "error[E0401]: syntax error: expected ",", ")" or ":", found "f32"
        at g.graph:1:12
         | graph g(%x f32)
         |            ^^^"
    `);
  });

  test("an open string, a stray character and a number out of range", () => {
    expect(failure(() => lex('a = "no end\nb', "a.flow"))).toMatchInlineSnapshot(`
      "error[E0402]: string is not closed
        at a.flow:1:5
         | a = "no end
         |     ^^^^^^^"
    `);
    expect(failure(() => lex("ok\n  a ` b"))).toMatchInlineSnapshot(`
      "error[E0406]: unexpected character: "\`"
        at line 2:5
         |   a \` b
         |     ^"
    `);
    expect(failure(() => new Parser("-7").int("depth", 1, 8))).toMatchInlineSnapshot(`
      "error[E0405]: number is out of range: depth must be from 1 to 8, found -7
        at line 1:1
         | -7
         | ^"
    `);
  });

  test("no text makes the lexer hang or throw anything but a CompileError", () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(lex(text).tokens.at(-1)?.kind).toBe("end");
        } catch (error) {
          expect(error).toBeInstanceOf(CompileError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("the printer indents, and its comments come back by line", () => {
  const printer = new Printer();
  printer.block("flow f", () => printer.line("unit a", "at /x, /y").line(), "head");
  expect(printer.toString()).toBe("flow f {  // head\n  unit a  // at /x, /y\n\n}\n");
  expect([...lex(printer.toString()).comments]).toEqual([
    [1, "head"],
    [2, "at /x, /y"],
  ]);
});
