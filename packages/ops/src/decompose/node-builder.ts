import { invariant } from "@rdu/diagnostics";
import type { Constant, Node, OperatorNode, TensorType, ValueId, ValueType } from "@rdu/ir";
import { type DType, elementCount, setBigint, setNumber, type Tensor, toBytes, zeros } from "@rdu/tensor";
import type { Attributes } from "../attributes.ts";
import { type PatternWriter, patternWriter, type TensorRef } from "./pattern-writer.ts";

/** What a decomposition is made from. Input and output types are known, shapes static, all dtypes computable in lanes. */
export interface DecomposeRequest {
  readonly node: OperatorNode;
  readonly attributes: Attributes;
  /** Types of the values of the graph. */
  readonly types: ReadonlyMap<ValueId, ValueType>;
  /** The value of a constant, undefined for everything else. */
  constant(id: ValueId): Tensor | undefined;
}

export interface Patterns {
  readonly kind: "patterns";
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  /** Types of the values made in between. */
  readonly types: ReadonlyMap<ValueId, TensorType>;
}

/** Collects the patterns, views, joins and constants that take one operator's place. */
export type NodeBuilder = ReturnType<typeof nodeBuilder>;

export function nodeBuilder(request: DecomposeRequest) {
  const { node, attributes, types } = request;
  const nodes: Node[] = [];
  const constants: Constant[] = [];
  const made = new Map<ValueId, TensorType>();
  const stem = node.outputs.find((id) => id !== null) ?? node.op;

  const known = (id: ValueId): TensorRef => {
    const type = types.get(id);
    invariant(type?.kind === "tensor" && type.shape !== null, `${id} has no static type`);
    const shape = type.shape.map((length) => {
      invariant(typeof length === "number", `${id} has no static shape`);
      return length;
    });
    return { id, dtype: type.dtype, shape };
  };

  const fresh = (suffix: string, dtype: DType, shape: readonly number[]): TensorRef => {
    let id = `${stem}.${suffix}`;
    for (let count = 2; types.has(id) || made.has(id); count += 1) id = `${stem}.${suffix}.${count}`;
    made.set(id, { kind: "tensor", dtype, shape });
    return { id, dtype, shape };
  };

  const tables = new Map<ValueId, Tensor>();
  const define = (ref: TensorRef, tensor: Tensor): TensorRef => {
    tables.set(ref.id, tensor);
    const type = { kind: "tensor", dtype: ref.dtype, shape: ref.shape } as const;
    constants.push({ id: ref.id, type, source: { kind: "inline", bytes: toBytes(tensor) } });
    return ref;
  };

  return {
    node,
    attributes,
    version: node.version,

    has: (index: number): boolean => (node.inputs[index] ?? null) !== null,
    inputCount: node.inputs.length,
    outputCount: node.outputs.length,

    input(index: number): TensorRef {
      const id = node.inputs[index] ?? null;
      invariant(id !== null, `${node.op} has no input ${index}`);
      return known(id);
    },

    optional(index: number): TensorRef | undefined {
      const id = node.inputs[index] ?? null;
      return id === null ? undefined : known(id);
    },

    inputs(): readonly TensorRef[] {
      return node.inputs.filter((id) => id !== null).map(known);
    },

    /** The output, which must be wanted. */
    output(index = 0): TensorRef {
      const id = node.outputs[index] ?? null;
      invariant(id !== null, `${node.op} has no output ${index}`);
      return known(id);
    },

    wanted(index: number): TensorRef | undefined {
      const id = node.outputs[index] ?? null;
      return id === null ? undefined : known(id);
    },

    /** The value of any operand where it is a constant, of the graph or of this decomposition. */
    valueOf: (ref: TensorRef): Tensor | undefined => tables.get(ref.id) ?? request.constant(ref.id),

    /** The value of an input where it is a constant. */
    constantInput(index: number): Tensor | undefined {
      const id = node.inputs[index] ?? null;
      return id === null ? undefined : request.constant(id);
    },

    /** Integers of a constant input; undefined when omitted or only known at run time. */
    integers(index: number): readonly number[] | undefined {
      const tensor = this.constantInput(index);
      return tensor === undefined ? undefined : Array.from(tensor.data as ArrayLike<number | bigint>, Number);
    },

    /** A value between two patterns of the operator, named after its first output. */
    fresh,

    /** A constant that the decomposition itself needs. */
    table: (suffix: string, tensor: Tensor): TensorRef => define(fresh(suffix, tensor.dtype, tensor.shape), tensor),

    /** One loop nest. Over no elements it becomes constants. */
    pattern(write: (p: PatternWriter) => void): undefined {
      const writer = patternWriter();
      write(writer);
      const { pattern, inputs, results, empty } = writer.finish();
      if (empty || results.every(({ target }) => elementCount(target.shape) === 0)) {
        for (const { target, initial = 0 } of results) define(target, filled(target, initial));
        return;
      }
      nodes.push({
        kind: "pattern",
        inputs,
        outputs: results.map(({ target }) => target.id),
        origin: node.origin,
        pattern,
      });
    },

    /** The same elements in the same order under another shape. */
    view(from: TensorRef, to: TensorRef): undefined {
      invariant(
        from.dtype === to.dtype && elementCount(from.shape) === elementCount(to.shape),
        `${to.id} is no view of ${from.id}`,
      );
      if (elementCount(to.shape) === 0) define(to, filled(to, 0));
      else nodes.push({ kind: "view", inputs: [from.id], outputs: [to.id], origin: node.origin });
    },

    /** The value under another shape, as a new value (itself when the shape is the same already). */
    reshaped(from: TensorRef, suffix: string, shape: readonly number[]): TensorRef {
      if (from.shape.length === shape.length && from.shape.every((length, axis) => length === shape[axis])) return from;
      const to = fresh(suffix, from.dtype, shape);
      this.view(from, to);
      return to;
    },

    /** Boxes side by side: part i begins at `offsets[i]`. Empty parts vanish. */
    join(parts: readonly TensorRef[], offsets: readonly (readonly number[])[], to: TensorRef): undefined {
      const filledParts = parts
        .map((part, i) => ({ part, offset: offsets[i] ?? [] }))
        .filter(({ part }) => elementCount(part.shape) > 0);
      const first = filledParts[0];
      if (first === undefined) define(to, filled(to, 0));
      else if (filledParts.length === 1) this.view(first.part, to);
      else {
        const inputs = filledParts.map(({ part }) => part.id);
        nodes.push({
          kind: "join",
          inputs,
          outputs: [to.id],
          origin: node.origin,
          offsets: filledParts.map(({ offset }) => offset),
        });
      }
    },

    /** An output known while compiling. */
    constant: (to: TensorRef, tensor: Tensor): TensorRef => define(to, tensor),

    finish: (): Patterns => ({ kind: "patterns", nodes, constants, types: made }),
  };
}

/** A tensor of one value. */
export function filled(
  { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] },
  value: number | bigint,
): Tensor {
  const made = zeros(dtype, shape);
  if (value === 0 || value === 0n) return made;
  for (let i = 0; i < made.data.length; i += 1) {
    if (typeof value === "bigint") setBigint(dtype, made.data, i, value);
    else setNumber(dtype, made.data, i, value);
  }
  return made;
}
