import { Printer, writeName, writeString, writeValueName } from "@rdu/diagnostics";
import type { Graph, Node, Origin, ValueId, ValueType } from "../graph.ts";
import { attributesOf, valuesDefinedBy } from "../queries.ts";
import { printAttributes, sortedAttributes } from "./attribute-text.ts";
import { printConstant } from "./constant-text.ts";
import { type OperandTypes, printLoops, printPatternBody } from "./pattern-text.ts";
import { printType } from "./type-text.ts";

export interface PrintOptions {
  /** Bytes of large inline constants in the text itself rather than by digest. */
  readonly payload?: boolean;
}

/** Words that mean something where the name of an operator may stand. */
export const NODE_WORDS: ReadonlySet<string> = new Set(["pattern", "view", "join", "host"]);

/**
 * The .graph form: one thing a line, results left, types with every definition, attributes sorted, origins behind `//`
 * (left out when a node comes from the ONNX node called like its first output). `parseGraph` gives an equal graph back.
 *
 *     graph mlp(%x: f32[8,784]) -> (%y) {
 *       const %w: f32[784,128] = file("w.bin", 0, 401408)
 *       %h: f32[8,128] = MatMul@13(%x, %w)  // at /fc1/MatMul
 *       section s0 {
 *         %y: f32[8,128] = pattern(%h, %b) for i in 8, j in 128 {  // at /fc1/Add, /Relu
 *           r0 = %0[i, j]
 *           ...
 *           yield r3 as f32[8,128] at [i, j]
 *         }
 *       }
 *     }
 */
export function printGraph(graph: Graph, options: PrintOptions = {}): string {
  const printer = new Printer();
  printGraphBlock(printer, "graph ", graph, new Map(), options.payload ?? false);
  return printer.toString();
}

/** The head line of a node alone, for messages. */
export function printNodeHead(node: Node, types: ReadonlyMap<ValueId, ValueType>): string {
  return nodeHead(node, types, false);
}

/** One node as it stands in the text of its graph. */
export function printNodeText(node: Node, types: ReadonlyMap<ValueId, ValueType>): string {
  const printer = new Printer();
  printNode(printer, node, types, types, false);
  return printer.toString();
}

function printGraphBlock(
  printer: Printer,
  prefix: string,
  graph: Graph,
  outerTypes: ReadonlyMap<ValueId, ValueType>,
  payload: boolean,
): void {
  const types = graph.types;
  const visible = outerTypes.size === 0 ? types : typesWithin(outerTypes, definedIn(graph), types);
  const inputs = graph.inputs.map((id) => definition(id, types)).join(", ");
  const outputs = graph.outputs.map(writeValueName).join(", ");
  printer.block(`${prefix}${writeName(graph.name)}(${inputs}) -> (${outputs})`, () => {
    for (const constant of graph.constants) printer.line(`const ${printConstant(constant, payload)}`);
    for (let at = 0; at < graph.nodes.length; ) {
      const section = graph.nodes[at]?.section;
      let end = at + 1;
      while (end < graph.nodes.length && graph.nodes[end]?.section === section) end += 1;
      const nodes = graph.nodes.slice(at, end);
      const body = (): void => {
        for (const node of nodes) printNode(printer, node, types, visible, payload);
      };
      if (section === undefined) body();
      else printer.block(`section ${writeName(section)}`, body);
      at = end;
    }
  });
}

function printNode(
  printer: Printer,
  node: Node,
  types: ReadonlyMap<ValueId, ValueType>,
  visible: ReadonlyMap<ValueId, ValueType>,
  payload: boolean,
): void {
  const head = nodeHead(node, types, payload);
  const comment = originComment(node.origin, node.outputs);
  if (node.kind === "pattern") {
    printer.block(head, () => printPatternBody(printer, node.pattern, operandTypes(node.inputs, visible)), comment);
    return;
  }
  const { graphs } = sortedAttributes(attributesOf(node));
  if (graphs.length === 0) {
    printer.line(head, comment);
    return;
  }
  const body = (): void => {
    for (const [name, attribute] of graphs) {
      const prefix = `${writeName(name)} = `;
      if (attribute.kind === "graph") {
        printGraphBlock(printer, `${prefix}graph `, attribute.value, visible, payload);
      } else {
        printer.block(`${prefix}graphs`, () => {
          for (const graph of attribute.value) printGraphBlock(printer, "graph ", graph, visible, payload);
        });
      }
    }
  };
  printer.block(head, body, comment);
}

function nodeHead(node: Node, types: ReadonlyMap<ValueId, ValueType>, payload: boolean): string {
  const outputs = node.outputs.map((output) => (output === null ? "_" : definition(output, types)));
  const results = outputs.length === 0 ? "()" : outputs.join(", ");
  const inputs = node.inputs.map((input) => (input === null ? "_" : writeValueName(input)));
  const operands = `(${inputs.join(", ")})`;
  switch (node.kind) {
    case "operator":
      return `${results} = ${writeName(node.op, NODE_WORDS)}@${node.version}${operands}${printAttributes(node.attributes, payload)}`;
    case "host": {
      const call = `host ${writeName(node.op)}@${node.version}${operands}${printAttributes(node.attributes, payload)}`;
      return `${results} = ${call} because ${writeString(node.reason)}`;
    }
    case "view":
      return `${results} = view${operands}`;
    case "join": {
      const parts = inputs.map((input, index) => `${input} at [${node.offsets[index]?.join(", ") ?? ""}]`);
      return `${results} = join(${parts.join(", ")})`;
    }
    case "pattern":
      return `${results} = pattern${operands}${printLoops(node.pattern.loops)}`;
  }
}

function definedIn({ inputs, constants, nodes }: Graph): ReadonlySet<ValueId> {
  return new Set([...inputs, ...constants.map(({ id }) => id), ...nodes.flatMap(valuesDefinedBy)]);
}

/** Types that a subgraph sees: its own, and those around it of names that it does not define. */
export function typesWithin(
  outer: ReadonlyMap<ValueId, ValueType>,
  defined: ReadonlySet<ValueId>,
  own: ReadonlyMap<ValueId, ValueType>,
): ReadonlyMap<ValueId, ValueType> {
  return new Map([...[...outer].filter(([id]) => !defined.has(id)), ...own]);
}

/** Element types of operands, where known. */
export function operandTypes(inputs: Node["inputs"], types: ReadonlyMap<ValueId, ValueType>): OperandTypes {
  return inputs.map((input) => {
    const type = input === null ? undefined : types.get(input);
    return type?.kind === "tensor" ? type.dtype : undefined;
  });
}

function definition(id: ValueId, types: ReadonlyMap<ValueId, ValueType>): string {
  const type = types.get(id);
  return type === undefined ? writeValueName(id) : `${writeValueName(id)}: ${printType(type)}`;
}

/** The origin that a node without a comment has. */
export function defaultOrigin(outputs: Node["outputs"]): Origin {
  const first = outputs.find((output) => output !== null);
  return first === undefined ? [] : [first];
}

function originComment(origin: Origin, outputs: Node["outputs"]): string | undefined {
  const left = defaultOrigin(outputs);
  if (origin.length === left.length && origin[0] === left[0]) return undefined;
  return `at ${origin.map((path) => writeName(path)).join(", ")}`.trimEnd();
}
