import { elementAt, invariant } from "@rdu/diagnostics";
import { type DType, elementCount, isWide, normalizeAxis } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { flatten, type Index, plus, times } from "./index-form.ts";
import { copy, scalarConstant } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type TensorRef } from "./pattern-writer.ts";
import { padWithTables, sliceAtRunTime } from "./run-time-bounds.ts";

const atRunTime = (what: string): HostVerdict => ({ host: `${what} known only at run time` });

/** The same elements under the output's shape. */
const view: Decompose = (b) => b.view(b.input(0), b.output());

const transpose: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const rank = x.shape.length;
  const order = b.attributes.ints(
    "perm",
    Array.from({ length: rank }, (_, axis) => rank - 1 - axis),
  );
  return transposed(b, target, x, order);
};

/** target[i0, i1, ...] = x with index i_a on axis order[a]. A view when only axes of length 1 move. */
export function transposed(b: NodeBuilder, target: TensorRef, x: TensorRef, order: readonly number[]): undefined {
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]!)) return b.view(x, target);
  return copy(b, target, x, (at) => x.shape.map((_, axis) => at[order.indexOf(axis)]!));
}

const expand: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  if (elementCount(x.shape) === elementCount(target.shape)) return b.view(x, target);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    p.give(p.broadcast(x, at), target, at);
  });
  return undefined;
};

const slice: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const rank = x.shape.length;
  const fromInputs = b.version >= 10;
  if (fromInputs && [1, 2, 3, 4].some((index) => b.has(index) && b.constantInput(index) === undefined))
    return sliceAtRunTime(b, target, x);
  const starts = fromInputs ? (b.integers(1) ?? []) : b.attributes.ints("starts");
  const all = starts.map((_, i) => i);
  const axes = (fromInputs ? b.integers(3) : b.attributes.has("axes") ? b.attributes.ints("axes") : undefined) ?? all;
  const steps = (fromInputs ? b.integers(4) : undefined) ?? starts.map(() => 1);
  const first = new Array<number>(rank).fill(0);
  const step = new Array<number>(rank).fill(1);
  axes.forEach((given, i) => {
    const axis = normalizeAxis(given, rank);
    invariant(axis !== undefined, "the axis was checked by inference");
    const length = x.shape[axis]!;
    const start = starts[i]! < 0 ? starts[i]! + length : starts[i]!;
    step[axis] = steps[i]!;
    first[axis] = Math.min(Math.max(start, 0), steps[i]! > 0 ? length : length - 1);
  });
  if (elementCount(x.shape) === elementCount(target.shape) && step.every((s) => s > 0)) return b.view(x, target);
  return copy(b, target, x, (at) => at.map((i, axis) => plus(times(i, step[axis]!), first[axis]!)));
};

const concat: Decompose = (b) => {
  const target = b.output();
  // Before opset 4 the axis defaults to 1.
  const axis = axisOf(b.attributes.int("axis", 1), target.shape.length);
  return concatenated(b, target, b.inputs(), axis);
};

export function concatenated(b: NodeBuilder, target: TensorRef, parts: readonly TensorRef[], axis: number): undefined {
  let start = 0;
  const offsets = parts.map((part) => {
    const offset = target.shape.map((_, at) => (at === axis ? start : 0));
    start += part.shape[axis]!;
    return offset;
  });
  return b.join(parts, offsets, target);
}

const split: Decompose = (b) => {
  const x = b.input(0);
  const axis = axisOf(b.attributes.int("axis", 0), x.shape.length);
  let start = 0;
  // Lengths are those that inference gave the outputs, so an unused output has to be known from the others' rule.
  const lengths = splitLengths(b, axis, x.shape[axis]!);
  if (lengths === undefined) return atRunTime("split lengths are");
  lengths.forEach((length, output) => {
    const target = b.wanted(output);
    const from = start;
    start += length;
    if (target !== undefined) copy(b, target, x, (at) => at.map((i, a) => (a === axis ? plus(i, from) : i)));
  });
  return undefined;
};

/** Lengths of the parts; undefined where more than one of them is known only to the run. */
export function splitLengths(b: NodeBuilder, axis: number, length: number): readonly number[] | undefined {
  if (b.has(1)) {
    const known = b.integers(1);
    if (known !== undefined) return known;
    // The shapes of the outputs say how long each is; of one that nobody uses, what the others leave.
    const seen = Array.from({ length: b.outputCount }, (_, output) => b.wanted(output)?.shape[axis]);
    const rest = length - seen.reduce<number>((sum, part) => sum + (part ?? 0), 0);
    return seen.filter((part) => part === undefined).length > 1 ? undefined : seen.map((part) => part ?? rest);
  }
  if (b.attributes.has("split")) return b.attributes.ints("split");
  const parts = b.attributes.has("num_outputs") ? b.attributes.int("num_outputs") : b.outputCount;
  const each = Math.ceil(length / parts);
  return Array.from({ length: parts }, (_, part) => Math.max(0, Math.min(each, length - part * each)));
}

const pad: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const rank = x.shape.length;
  const named = b.version >= 11 ? b.integers(1) : b.attributes.ints(b.version === 1 ? "paddings" : "pads");
  const value = b.version < 11 ? b.attributes.float("value", 0) : b.has(2) ? scalarConstant(b, 2) : zeroOf(x.dtype);
  const mode = b.attributes.string("mode", "constant");
  if (named === undefined || (b.has(3) && b.constantInput(3) === undefined))
    return padWithTables(b, target, x, mode, value);
  const axes = b.integers(3)?.map((axis) => axisOf(axis, rank)) ?? x.shape.map((_, axis) => axis);
  const before = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    before[axis] = named[i]!;
  });
  if (mode !== "constant") return padByTables(b, target, x, before, mode);
  if (value !== undefined)
    return copy(
      b,
      target,
      x,
      (at) => at.map((i, axis) => plus(i, -before[axis]!)),
      isWide(x.dtype) ? BigInt(value) : value,
    );
  return padAtRunTime(b, target, x, before, b.input(2));
};

/** Powers of two have no zero: their least, which a zero is cast to. */
function zeroOf(dtype: DType): number {
  return dtype === "float8e8m0" ? 2 ** -127 : 0;
}

/** A fill value that only the run knows: inside the box the element, outside the value. */
function padAtRunTime(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  before: readonly number[],
  value: TensorRef,
): undefined {
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    let inside = literal(true, "bool");
    at.forEach((i, axis) => {
      const place = p.position(plus(i, -before[axis]!));
      const low = p.test("ge", place, literal(0, "int32"));
      const high = p.test("lt", place, literal(x.shape[axis]!, "int32"));
      inside = p.apply("and", inside, p.apply("and", low, high));
    });
    const element = p.read(
      x,
      at.map((i, axis) => plus(i, -before[axis]!)),
      isWide(x.dtype) ? 0n : 0,
    );
    p.give(
      p.select(
        inside,
        element,
        p.read(
          value,
          value.shape.map(() => 0),
        ),
      ),
      target,
      at,
    );
  });
}

/** Reflected, repeated or wrapped edges: boxes of the result, each an affine copy, joined. */
function padByTables(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  before: readonly number[],
  mode: string,
): undefined {
  let current = x;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => target.shape[axis] !== x.shape[axis] || before[axis] !== 0);
  if (axes.length === 0) return b.view(x, target);
  axes.forEach((axis, i) => {
    const shape = current.shape.map((length, a) => (a === axis ? target.shape[axis]! : length));
    const made = i === axes.length - 1 ? target : b.fresh("padded", x.dtype, shape);
    const length = current.shape[axis]!;
    const table = Array.from({ length: shape[axis]! }, (_, o) => edgeIndex(o - before[axis]!, length, mode));
    gatherRuns(b, made, current, axis, table);
    current = made;
  });
  return undefined;
}

function edgeIndex(i: number, length: number, mode: string): number {
  if (mode === "edge") return Math.min(Math.max(i, 0), length - 1);
  if (mode === "wrap") return ((i % length) + length) % length;
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const at = ((i % period) + period) % period;
  return at < length ? at : period - at;
}

/** target = x with index table[o] along one axis, as one affine copy for each run of the table that is an arithmetic progression. */
export function gatherRuns(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  axis: number,
  table: readonly number[],
): undefined {
  const runs = arithmeticRuns(table);
  const only = runs.length === 1;
  const parts = runs.map(({ length, first, step }, i) => {
    const shape = target.shape.map((extent, a) => (a === axis ? length : extent));
    const part = only ? target : b.fresh(`part${i}`, x.dtype, shape);
    copy(b, part, x, (at) => at.map((index, a) => (a === axis ? plus(times(index, step), first) : index)));
    return part;
  });
  return only ? undefined : concatenated(b, target, parts, axis);
}

/** A table cut into the longest runs first + step * i. */
export function arithmeticRuns(
  table: readonly number[],
): readonly { readonly first: number; readonly step: number; readonly length: number }[] {
  const runs: { first: number; step: number; length: number }[] = [];
  for (const value of table) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last.length === 1) {
      last.step = value - last.first;
      last.length = 2;
    } else if (last !== undefined && value === last.first + last.step * last.length) last.length += 1;
    else runs.push({ first: value, step: 0, length: 1 });
  }
  return runs;
}

const tile: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const repeats = target.shape.map((extent, axis) => (x.shape[axis] === 0 ? 0 : extent / x.shape[axis]!));
  if (elementCount(target.shape) === elementCount(x.shape)) return b.view(x, target);
  b.pattern((p) => {
    const repeat = repeats.map((count, axis) => p.parallel(`r${axis}`, count));
    const index = p.parallelOver(x.shape);
    const to = index.map((i, axis) => plus(times(repeat[axis]!, x.shape[axis]!), i));
    p.give(p.read(x, index), target, to);
  });
  return undefined;
};

const depthToSpace: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const block = b.attributes.int("blocksize");
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const depth = channels / (block * block);
  const columnFirst = b.attributes.string("mode", "DCR") === "CRD";
  b.pattern((p) => {
    const [n, c, y, by, xx, bx] = blockLoops(
      (name, extent) => p.parallel(name, extent),
      [batch, depth, height, block, width, block],
    );
    const channel = columnFirst
      ? flatten([c, by, bx], [depth, block, block])
      : flatten([by, bx, c], [block, block, depth]);
    p.give(p.read(x, [n, channel, y, xx]), target, [n, c, plus(times(y, block), by), plus(times(xx, block), bx)]);
  });
  return undefined;
};

const spaceToDepth: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const block = b.attributes.int("blocksize");
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  b.pattern((p) => {
    const extents = [batch, channels, height / block, block, width / block, block];
    const [n, c, y, by, xx, bx] = blockLoops((name, extent) => p.parallel(name, extent), extents);
    const channel =
      b.attributes.string("mode", "DCR") === "CRD"
        ? flatten([c, by, bx], [channels, block, block])
        : flatten([by, bx, c], [block, block, channels]);
    p.give(p.read(x, [n, c, plus(times(y, block), by), plus(times(xx, block), bx)]), target, [n, channel, y, xx]);
  });
  return undefined;
};

function blockLoops(
  loop: (name: string, extent: number) => Index,
  extents: readonly number[],
): readonly [Index, Index, Index, Index, Index, Index] {
  const [n = 0, c = 0, y = 0, by = 0, x = 0, bx = 0] = ["n", "c", "y", "by", "x", "bx"].map((name, i) =>
    loop(name, elementAt(extents, i)),
  );
  return [n, c, y, by, x, bx];
}

/** The diagonal band of a matrix: the lower or upper triangle, shifted by k. */
const trilu: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const upper = b.attributes.int("upper", 1) !== 0;
  const constant = b.has(1) ? scalarConstant(b, 1) : 0;
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const [row = 0, column = 0] = at.slice(-2);
    const shift =
      constant === undefined
        ? p.convert(
            p.read(
              b.input(1),
              b.input(1).shape.map(() => 0),
            ),
            "int32",
          )
        : literal(clamped(constant), "int32");
    const diagonal = p.apply("sub", p.position(column), p.position(row));
    const kept = p.test(upper ? "ge" : "le", diagonal, shift);
    p.give(p.select(kept, p.read(x, at), literal(0, x.dtype)), target, at);
  });
  return undefined;
};

function clamped(value: number | bigint): number {
  return Math.min(Math.max(Number(value), -(2 ** 31)), 2 ** 31 - 1);
}

/** Reverses the first `lengths[batch]` steps of each sequence. */
const reverseSequence: Decompose = (b) => {
  const [x, target, lengths] = [b.input(0), b.output(), b.input(1)];
  const batchAxis = b.attributes.int("batch_axis", 1);
  const timeAxis = b.attributes.int("time_axis", 0);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const length = p.convert(p.read(lengths, [at[batchAxis]!]), "int32");
    const step = p.position(at[timeAxis]!);
    const mirrored = p.apply("sub", p.apply("sub", length, literal(1, "int32")), step);
    const from = p.gathered(p.select(p.test("lt", step, length), mirrored, step));
    p.give(
      p.read(
        x,
        at.map((i, axis) => (axis === timeAxis ? from : i)),
      ),
      target,
      at,
    );
  });
  return undefined;
};

/** Crops or pads with zeros around the centre. */
const centerCropPad: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const shift = x.shape.map((length, axis) => {
    const wanted = target.shape[axis]!;
    return wanted < length ? Math.floor((length - wanted) / 2) : -Math.floor((wanted - length) / 2);
  });
  const padded = x.shape.some((length, axis) => target.shape[axis]! > length);
  return copy(
    b,
    target,
    x,
    (at) => at.map((i, axis) => plus(i, shift[axis]!)),
    padded ? (isWide(x.dtype) ? 0n : 0) : undefined,
  );
};

// biome-ignore format: a table
export const LAYOUTS: Readonly<Record<string, Decompose>> = {
  Reshape: view, Flatten: view, Squeeze: view, Unsqueeze: view, Identity: view,
  Transpose: transpose, Expand: expand, Slice: slice, Concat: concat, Split: split, Pad: pad, Tile: tile,
  DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth, Trilu: trilu,
  ReverseSequence: reverseSequence, CenterCropPad: centerCropPad,
};
