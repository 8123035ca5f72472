import { parseElementType } from "@rdu/arithmetic";
import { type Parser, writeName } from "@rdu/diagnostics";
import { DTYPES } from "@rdu/tensor";
import type { Dim, ValueType } from "../graph.ts";

const DEEPEST_TYPE = 64;

/** `f32[8,batch,?]`, `f32` when not even the rank is known, `seq(f32[8])`, `optional(i64[])`, `map(str, f32[])`. */
export function printType(type: ValueType): string {
  switch (type.kind) {
    case "tensor": {
      const { short } = DTYPES[type.dtype];
      return type.shape === null ? short : `${short}[${type.shape.map(printDim).join(",")}]`;
    }
    case "sequence":
      return `seq(${printType(type.element)})`;
    case "optional":
      return `optional(${printType(type.element)})`;
    case "map":
      return `map(${DTYPES[type.key].short}, ${printType(type.element)})`;
  }
}

/** Rejects types nested deeper than any model has them, before the stack ends. */
export function parseType(parser: Parser, depth = 0): ValueType {
  if (depth > DEEPEST_TYPE) parser.fail("E0401", `types are nested deeper than ${DEEPEST_TYPE}`);
  for (const [word, kind] of [
    ["seq", "sequence"],
    ["optional", "optional"],
  ] as const) {
    if (!parser.accept(word)) continue;
    parser.expect("(");
    const element = parseType(parser, depth + 1);
    parser.expect(")");
    return { kind, element };
  }
  if (parser.accept("map")) {
    parser.expect("(");
    const key = parseElementType(parser);
    parser.expect(",");
    const element = parseType(parser, depth + 1);
    parser.expect(")");
    return { kind: "map", key, element };
  }
  const dtype = parseElementType(parser);
  const shape = parser.is("[") ? parser.list("[", "]", () => parseDim(parser)) : null;
  return { kind: "tensor", dtype, shape };
}

function printDim(dim: Dim): string {
  if (dim === null) return "?";
  return typeof dim === "number" ? String(dim) : writeName(dim);
}

function parseDim(parser: Parser): Dim {
  if (parser.accept("?")) return null;
  const { kind } = parser.peek();
  return kind === "identifier" || kind === "string" ? parser.name() : parser.int("a dimension", 0);
}
