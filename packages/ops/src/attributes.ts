import type { Attribute, Constant, Graph, OperatorNode, ValueType } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import type { Signature } from "./signatures/signature.ts";

/**
 * The attributes of one node, read by name and kind, with the defaults of its signature filled in. Reading one that is
 * neither given nor has a default, or one of another kind, is refused with E0303 unless a fallback is passed.
 */
export interface Attributes {
  /** True when the node gives it or the signature has a default. */
  has(name: string): boolean;
  /** Refuses integers beyond 2^53. */
  int(name: string, fallback?: number): number;
  ints(name: string, fallback?: readonly number[]): readonly number[];
  float(name: string, fallback?: number): number;
  floats(name: string, fallback?: readonly number[]): readonly number[];
  string(name: string, fallback?: string): string;
  strings(name: string, fallback?: readonly string[]): readonly string[];
  tensor(name: string): Tensor;
  /** The constant behind a tensor attribute, unread. */
  constant(name: string): Constant;
  graph(name: string): Graph;
  type(name: string): ValueType;
}

/** The attributes of `node` under `signature`. `read` gives the bytes of tensor attributes; `reject` throws E0303. */
export function attributesOf(
  node: Pick<OperatorNode, "attributes">,
  signature: Signature,
  read: (constant: Constant) => Tensor,
  reject: (message: string) => never,
): Attributes {
  const defaults = new Map(
    signature.attributes.flatMap(([name, , rule]) => (typeof rule === "object" ? [[name, rule.default]] : [])),
  );

  function given<Kind extends Attribute["kind"]>(
    name: string,
    kind: Kind,
  ): Extract<Attribute, { kind: Kind }> | undefined {
    const attribute = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
    if (attribute === undefined) return undefined;
    if (attribute.kind === kind) return attribute as Extract<Attribute, { kind: Kind }>;
    // An empty list carries no kind of its own.
    if (kind.endsWith("s") && attribute.kind.endsWith("s") && (attribute.value as readonly unknown[]).length === 0)
      return { kind, value: [] } as unknown as Extract<Attribute, { kind: Kind }>;
    return reject(`attribute ${name} is of kind ${attribute.kind}, expected ${kind}`);
  }

  function otherwise<Result>(name: string, fallback: Result | undefined): Result {
    const value = (defaults.get(name) as Result | undefined) ?? fallback;
    return value === undefined ? reject(`attribute ${name} is required`) : value;
  }

  function small(name: string, value: bigint): number {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : reject(`attribute ${name} is ${value}, beyond 2^53`);
  }

  return {
    has: (name) => Object.hasOwn(node.attributes, name) || defaults.has(name),
    int(name, fallback) {
      const attribute = given(name, "int");
      return attribute === undefined ? otherwise(name, fallback) : small(name, attribute.value);
    },
    ints(name, fallback) {
      const attribute = given(name, "ints");
      return attribute === undefined ? otherwise(name, fallback) : attribute.value.map((value) => small(name, value));
    },
    float(name, fallback) {
      const attribute = given(name, "float");
      return attribute === undefined ? Math.fround(otherwise(name, fallback)) : attribute.value;
    },
    floats: (name, fallback) => given(name, "floats")?.value ?? otherwise(name, fallback),
    string: (name, fallback) => given(name, "string")?.value ?? otherwise(name, fallback),
    strings: (name, fallback) => given(name, "strings")?.value ?? otherwise(name, fallback),
    tensor(name) {
      return read(this.constant(name));
    },
    constant: (name) => given(name, "tensor")?.value ?? reject(`attribute ${name} is required`),
    graph: (name) => given(name, "graph")?.value ?? reject(`attribute ${name} is required`),
    type: (name) => given(name, "type")?.value ?? reject(`attribute ${name} is required`),
  };
}
