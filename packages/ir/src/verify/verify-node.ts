import { DTYPES, elementCount, packedByteLength, sameShape, typeText } from "@rdu/tensor";
import type { Attribute, Constant, JoinNode, Node, PatternNode, ValueId, ValueType, ViewNode } from "../graph.ts";
import { attributesOf, staticShape } from "../queries.ts";
import { joinProblem } from "./verify-join.ts";
import { type OperandType, patternProblems } from "./verify-pattern.ts";

type Types = ReadonlyMap<ValueId, ValueType>;

/** What is wrong with a node beside its names, one line each. */
export function nodeProblems(node: Node, types: Types): readonly string[] {
  switch (node.kind) {
    case "pattern":
      return [...patternNodeProblems(node, types)];
    case "view":
      return [...viewProblems(node, types)];
    case "join":
      return [...joinProblems(node, types)];
    case "operator":
    case "host":
      return Number.isSafeInteger(node.version) && node.version >= 0 ? [] : [`version ${node.version}`];
  }
}

export function* constantProblems({ type, source }: Constant): Generator<string> {
  const shape = staticShape(type);
  if (shape === undefined || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    yield "the shape of a constant must be known";
    return;
  }
  const count = elementCount(shape);
  const text = typeText(type.dtype, shape);
  if ((source.kind === "strings") !== (type.dtype === "string")) yield `${text} cannot come from ${source.kind}`;
  else if (source.kind === "strings") {
    if (source.strings.length !== count) yield `${text} has ${source.strings.length} strings`;
  } else {
    const packed = source.kind === "file";
    const needed = packed ? packedByteLength(type.dtype, count) : count * DTYPES[type.dtype].bytes;
    const found = packed ? source.length : source.bytes.length;
    if (found !== needed) yield `${text} takes ${needed} bytes, found ${found}`;
  }
}

export function* attributeProblems(node: Node): Generator<string> {
  for (const [name, attribute] of Object.entries(attributesOf(node))) {
    for (const problem of valueProblems(attribute)) yield `attribute ${name}: ${problem}`;
  }
}

function* valueProblems(attribute: Attribute): Generator<string> {
  switch (attribute.kind) {
    case "int":
    case "ints":
      for (const value of [attribute.value].flat()) {
        if (BigInt.asIntN(64, value) !== value) yield `${value} does not fit 64 bits`;
      }
      return;
    case "float":
    case "floats":
      for (const value of [attribute.value].flat()) {
        if (!Object.is(Math.fround(value), value)) yield `${value} is not a float of 32 bits`;
      }
      return;
    case "tensor":
    case "tensors":
      for (const constant of [attribute.value].flat()) yield* constantProblems(constant);
  }
}

function* patternNodeProblems({ inputs, outputs, pattern }: PatternNode, types: Types): Generator<string> {
  const operands: OperandType[] = [];
  for (const [position, input] of inputs.entries()) {
    const operand = input === null ? undefined : tensorOf(input, types);
    if (operand === undefined) yield `operand ${position} is no tensor of known shape`;
    else operands.push(operand);
  }
  if (operands.length === inputs.length) yield* patternProblems(pattern, operands);
  if (outputs.length !== pattern.results.length)
    yield `${pattern.results.length} results for ${outputs.length} outputs`;
  for (const [position, output] of outputs.entries()) {
    const result = pattern.results[position];
    if (output === null || result === undefined) continue;
    const type = tensorOf(output, types);
    if (type === undefined || type.dtype !== result.dtype || !sameShape(type.shape, result.shape)) {
      yield `result ${position} is ${typeText(result.dtype, result.shape)}, %${output} is not`;
    }
  }
}

function* viewProblems({ inputs, outputs }: ViewNode, types: Types): Generator<string> {
  const [input] = inputs;
  const [output] = outputs;
  if (inputs.length !== 1 || outputs.length !== 1 || !isName(input) || !isName(output)) {
    yield "a view has one input and one output";
    return;
  }
  const from = tensorOf(input, types);
  const to = tensorOf(output, types);
  if (from === undefined || to === undefined) yield "a view is of a tensor of known shape";
  else if (from.dtype !== to.dtype || elementCount(from.shape) !== elementCount(to.shape)) {
    yield `${typeText(from.dtype, from.shape)} cannot be seen as ${typeText(to.dtype, to.shape)}`;
  }
}

function* joinProblems({ inputs, outputs, offsets }: JoinNode, types: Types): Generator<string> {
  const [output] = outputs;
  const to = outputs.length === 1 && isName(output) ? tensorOf(output, types) : undefined;
  const from = inputs.map((input) => (input === null ? undefined : tensorOf(input, types)));
  const known = from.filter((operand) => operand !== undefined);
  if (to === undefined || known.length < inputs.length || inputs.length === 0) {
    yield "a join has tensors of known shape and one output";
    return;
  }
  if (known.some(({ dtype }) => dtype !== to.dtype)) yield "a join is of one element type";
  const problem = joinProblem(
    known.map(({ shape }) => shape),
    offsets,
    to.shape,
  );
  if (problem !== undefined) yield problem;
}

function tensorOf(id: ValueId, types: Types): OperandType | undefined {
  const type = types.get(id);
  const shape = staticShape(type);
  return type?.kind === "tensor" && shape !== undefined ? { dtype: type.dtype, shape } : undefined;
}

function isName(id: ValueId | null | undefined): id is ValueId {
  return typeof id === "string";
}
