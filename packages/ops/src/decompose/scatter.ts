import type { Combiner, Opcode } from "@rdu/arithmetic";
import { elementCount, rowMajorStrides } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { wholeIndexVectors, wholeIndices } from "./gather.ts";
import type { Index } from "./index-form.ts";
import { extreme } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** Element comparisons beyond which a search for the updates of each element is left to the host. */
const MOST_COMPARISONS = 2 ** 28;

interface Reduction {
  readonly combiner: Combiner;
  readonly op: Opcode;
}

/** How updates of one element combine with it; "none", which is not here, takes the last of them. */
const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  add: { combiner: "sum", op: "add" },
  mul: { combiner: "prod", op: "mul" },
  min: { combiner: "min", op: "min" },
  max: { combiner: "max", op: "max" },
};

/** The same where 1 is the largest number there is. */
const OF_BOOLEANS: Readonly<Record<string, Reduction>> = {
  add: { combiner: "or", op: "or" },
  mul: { combiner: "and", op: "and" },
  min: { combiner: "and", op: "and" },
  max: { combiner: "or", op: "or" },
};

function reductionOf(b: NodeBuilder, { dtype }: TensorRef): Reduction | undefined {
  return (dtype === "bool" ? OF_BOOLEANS : REDUCTIONS)[b.attributes.string("reduction", "none")];
}

/*
 * Scatter in gather form, one result an iteration. Where an element takes one update at most, a table says which (if any), known from constant
 * indices or searched among all; where updates combine, each element folds over those that hit it.
 */

const scatterElements: Decompose = (b) => {
  const [data, indices, updates, target] = [b.input(0), b.input(1), b.input(2), b.output()];
  const axis = axisOf(b.attributes.int("axis", 0), data.shape.length);
  const rule = reductionOf(b, data);
  if (elementCount(updates.shape) === 0) return b.view(data, target);
  const length = data.shape[axis]!;
  const constant = b.integers(1)?.map((index) => (index < 0 ? index + length : index));
  const table =
    constant === undefined ? undefined : elementTable(constant, indices.shape, data.shape, axis, rule === undefined);
  if (table === undefined && elementCount(data.shape) * indices.shape[axis]! > MOST_COMPARISONS) return tooMany();
  const along = (at: readonly Index[], step: Index): readonly Index[] => at.map((i, a) => (a === axis ? step : i));
  const smaller = indices.shape.some((extent, a) => a !== axis && extent < data.shape[a]!);
  const hits = () => {
    const whole = wholeIndices(b, 1, length);
    return (p: PatternWriter, at: readonly Index[], t: Index): Scalar =>
      p.test("eq", p.read(whole, along(at, t), smaller ? -1 : undefined), p.position(at[axis]!));
  };
  if (table !== undefined || rule === undefined) {
    const which =
      table === undefined
        ? lastUpdate(b, data.shape, indices.shape[axis]!, hits())
        : b.table("update", { dtype: "int32", shape: data.shape, data: table });
    b.pattern((p) => {
      const at = p.parallelOver(target.shape);
      const step = p.read(which, at);
      const update = p.read(updates, along(at, p.gathered(step)), zeroOf(data));
      p.give(merged(p, rule?.op, p.test("ge", step, literal(0, "int32")), p.read(data, at), update), target, at);
    });
    return undefined;
  }
  const hit = hits();
  searched(b, target, data, rule, indices.shape[axis]!, (p, at, t) => ({
    hit: hit(p, at, t),
    update: p.read(updates, along(at, t), smaller ? zeroOf(data) : undefined),
  }));
  return undefined;
};

const scatterND: Decompose = (b) => {
  const [data, indices, updates, target] = [b.input(0), b.input(1), b.input(2), b.output()];
  const rule = reductionOf(b, data);
  if (elementCount(updates.shape) === 0) return b.view(data, target);
  const outer = indices.shape.slice(0, -1);
  const depth = indices.shape[outer.length]!;
  const selected = data.shape.slice(0, depth);
  const rest = data.shape.slice(depth);
  const count = elementCount(outer);
  const rows = b.reshaped(updates, "rows", [count, ...rest]);
  const constant = b.integers(1)?.map((index, flat) => (index < 0 ? index + selected[flat % depth]! : index));
  const table = constant === undefined ? undefined : vectorTable(constant, count, selected, rule === undefined);
  if (table === undefined && elementCount(data.shape) * count > MOST_COMPARISONS) return tooMany();
  const hits = () => {
    const whole = b.reshaped(wholeIndexVectors(b, 1, selected), "vectors", [count, depth]);
    return (p: PatternWriter, at: readonly Index[], t: Index): Scalar => {
      let hit = literal(true, "bool");
      for (let k = 0; k < depth; k += 1) {
        const same = p.test("eq", p.read(whole, [t, k]), p.position(at[k]!));
        hit = k === 0 ? same : p.apply("and", hit, same);
      }
      return hit;
    };
  };
  if (table !== undefined || rule === undefined) {
    const which =
      table === undefined
        ? lastUpdate(b, selected, count, hits())
        : b.table("update", { dtype: "int32", shape: selected, data: table });
    b.pattern((p) => {
      const at = p.parallelOver(target.shape);
      const row = p.read(which, at.slice(0, depth));
      const update = p.read(rows, [p.gathered(row), ...at.slice(depth)], zeroOf(data));
      p.give(merged(p, rule?.op, p.test("ge", row, literal(0, "int32")), p.read(data, at), update), target, at);
    });
    return undefined;
  }
  const hit = hits();
  searched(b, target, data, rule, count, (p, at, t) => ({
    hit: hit(p, at, t),
    update: p.read(rows, [t, ...at.slice(depth)]),
  }));
  return undefined;
};

/** Which update along the axis each element takes, -1 for none; undefined when it is several and not only the last of them counts. */
function elementTable(
  indices: readonly number[],
  shape: readonly number[],
  data: readonly number[],
  axis: number,
  takesLast: boolean,
): Int32Array | undefined {
  const table = new Int32Array(elementCount(data)).fill(-1);
  const [from, to] = [rowMajorStrides(shape), rowMajorStrides(data)];
  for (const [flat, index] of indices.entries()) {
    let place = 0;
    for (let a = 0; a < shape.length; a += 1) {
      const coordinate = Math.floor(flat / from[a]!) % shape[a]!;
      place += (a === axis ? index : coordinate) * to[a]!;
    }
    if (index < 0 || index >= data[axis]! || (table[place] !== -1 && !takesLast)) return undefined;
    table[place] = Math.floor(flat / from[axis]!) % shape[axis]!;
  }
  return table;
}

/** Which row of updates each selected position takes, -1 for none; undefined when it is several and not only the last of them counts. */
function vectorTable(
  indices: readonly number[],
  count: number,
  selected: readonly number[],
  takesLast: boolean,
): Int32Array | undefined {
  const depth = selected.length;
  const table = new Int32Array(elementCount(selected)).fill(-1);
  const strides = rowMajorStrides(selected);
  for (let row = 0; row < count; row += 1) {
    let place = 0;
    for (let k = 0; k < depth; k += 1) {
      const index = indices[row * depth + k]!;
      if (index < 0 || index >= selected[k]!) return undefined;
      place += index * strides[k]!;
    }
    if (table[place] !== -1 && !takesLast) return undefined;
    table[place] = row;
  }
  return table;
}

/** Which of `extent` updates each place takes: the last that hits it, -1 for none. */
function lastUpdate(
  b: NodeBuilder,
  shape: readonly number[],
  extent: number,
  hit: (p: PatternWriter, at: readonly Index[], t: Index) => Scalar,
): TensorRef {
  const which = b.fresh("update", "int32", shape);
  b.pattern((p) => {
    const at = p.parallelOver(shape);
    const t = p.reduceLoop("t", extent);
    p.give(p.fold("max", p.select(hit(p, at, t), p.position(t), literal(-1, "int32"))), which, at);
  });
  return which;
}

/** Each element of the result folds over all updates that may hit it. */
function searched(
  b: NodeBuilder,
  target: TensorRef,
  data: TensorRef,
  { combiner, op }: Reduction,
  extent: number,
  look: (p: PatternWriter, at: readonly Index[], t: Index) => { readonly hit: Scalar; readonly update: Scalar },
): void {
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const t = p.reduceLoop("t", extent);
    const { hit, update } = look(p, at, t);
    const wide = update.dtype === "bool" ? update : p.widen(update);
    const nothing = neutral(combiner, wide);
    const folded = p.fold(combiner, p.select(hit, wide, nothing));
    const found = p.fold("or", hit);
    p.give(p.convert(merged(p, op, found, p.widen(p.read(data, at)), folded), target.dtype), target, at);
  });
}

/** The value that leaves a fold as it is. */
function neutral(combiner: Combiner, like: Scalar): Scalar {
  if (like.dtype === "bool") return literal(combiner === "and", "bool");
  if (combiner === "prod") return literal(1, like.dtype);
  if (combiner === "sum") return literal(0, like.dtype);
  return literal(extreme(like.dtype, combiner === "min" ? "highest" : "lowest"), like.dtype);
}

function merged(p: PatternWriter, op: Opcode | undefined, hit: Scalar, old: Scalar, update: Scalar): Scalar {
  return p.select(hit, op === undefined ? update : p.apply(op, old, update), old);
}

function zeroOf({ dtype }: TensorRef): number | bigint {
  return dtype === "int64" || dtype === "uint64" ? 0n : 0;
}

function tooMany(): HostVerdict {
  return { host: "every element would have to search too many updates" };
}

/**
 * A cache row for every batch: positions from the write index on take the update (wrapping round in circular mode), all others stay.
 */
const tensorScatter: Decompose = (b) => {
  const [data, update, target] = [b.input(0), b.input(1), b.output()];
  const axis = axisOf(b.attributes.int("axis", -2), data.shape.length);
  const circular = b.attributes.string("mode", "linear") === "circular";
  const starts = b.optional(2);
  const [length, written] = [data.shape[axis]!, update.shape[axis]!];
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const like = (value: number): Scalar => literal(value, "int32");
    const start = starts === undefined ? like(0) : p.convert(p.read(starts, [at[0]!]), "int32");
    const straight = p.apply("sub", p.position(at[axis]!), start);
    const offset = circular ? p.apply("mod", straight, like(length)) : straight;
    const hit = p.apply("and", p.test("ge", offset, like(0)), p.test("lt", offset, like(written)));
    const from = at.map((i, a): Index => (a === axis ? p.gathered(offset) : i));
    p.give(p.select(hit, p.read(update, from, zeroOf(data)), p.read(data, at)), target, at);
  });
  return undefined;
};

export const SCATTERS: Readonly<Record<string, Decompose>> = {
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TensorScatter: tensorScatter,
};
