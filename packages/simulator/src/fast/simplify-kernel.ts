import { type Access, accessesOf, type Dim, type Form, formsOf, type Kernel, mapForms, type Value } from "./kernel.ts";

/** Loops in the making. Dims keep the numbers that they have in the kernel given. */
interface Loops {
  readonly kernel: Kernel;
  /** Strides of every form, and those of the first result. */
  readonly strides: readonly (readonly number[])[];
  readonly target: readonly number[] | undefined;
  /** The dims that are left, outermost first. */
  order: number[];
  readonly dims: Dim[];
  lane: number;
}

/**
 * The same work in fewer and longer loops: blocks and their lanes become one loop where every form counts them alike, loops of one
 * iteration go, guards that always hold go, parallel loops are put in the order of the results in memory and joined where possible.
 */
export function simplifyKernel(kernel: Kernel): Kernel {
  const loops: Loops = {
    kernel,
    strides: formsOf(kernel).map(({ strides }) => strides),
    target: kernel.writes[0]?.targets[0]?.address.strides,
    order: kernel.dims.map((_, dim) => dim),
    dims: [...kernel.dims],
    lane: kernel.lane,
  };
  mergeBlocks(loops);
  dropSingles(loops);
  const isParallel = (dim: number): boolean => dim < kernel.reduceFrom;
  if (!kernel.ordered) {
    sortParallel(loops);
    collapse(loops, isParallel);
  }
  if (kernel.crossLanes === 0 && kernel.scan === "none") collapse(loops, (dim) => !isParallel(dim));
  const simple = dropGuards(rebuilt(loops));
  return simple.ordered ? simple : { ...simple, lane: chooseLane(simple) };
}

function rebuilt({ kernel, order, dims, lane }: Loops): Kernel {
  const kept = order.map((dim): Dim => {
    const { count, within } = dims[dim]!;
    return within === undefined ? { count } : { count, within: { ...within, dim: order.indexOf(within.dim) } };
  });
  return mapForms(kernel, ({ base, strides }) => ({ base, strides: order.map((dim) => strides[dim]!) }), {
    dims: kept,
    reduceFrom: order.filter((dim) => dim < kernel.reduceFrom).length,
    lane: order.indexOf(lane),
  });
}

/** Dims that other code relies on by their place: blocks and lanes of a cross-lane reduction. */
function isFixed({ kernel }: Loops, dim: number): boolean {
  return kernel.crossLanes > 0 && dim >= kernel.dims.length - 2;
}

function mergeBlocks(loops: Loops): void {
  const { dims, strides } = loops;
  for (const dim of loops.order) {
    const { count, within } = dims[dim]!;
    if (within === undefined || isFixed(loops, dim)) continue;
    const single = dims[within.dim]!.count === 1;
    const alike = strides.every((stride) => stride[within.dim] === within.step * stride[dim]!);
    if (!single && !alike) continue;
    dims[dim] = { count: single ? Math.min(count, within.total) : within.total };
    loops.order = loops.order.filter((other) => other !== within.dim);
  }
}

function dropSingles(loops: Loops): void {
  const { dims } = loops;
  const blocked = new Set(loops.order.map((dim) => dims[dim]!.within?.dim));
  loops.order = loops.order.filter((dim) => dims[dim]!.count !== 1 || blocked.has(dim) || isFixed(loops, dim));
}

/** Parallel dims by descending distance in the first result. Blocks stay outside the loops that count within them. */
function sortParallel(loops: Loops): void {
  const { kernel, dims, target } = loops;
  const parallel = loops.order.filter((dim) => dim < kernel.reduceFrom);
  if (target === undefined || parallel.some((dim) => dims[dim]!.within !== undefined)) return;
  parallel.sort((a, b) => Math.abs(target[b]!) - Math.abs(target[a]!) || a - b);
  loops.order = [...parallel, ...loops.order.filter((dim) => dim >= kernel.reduceFrom)];
}

/** Joins neighbours among the dims chosen that every form counts as one. */
function collapse(loops: Loops, chosen: (dim: number) => boolean): void {
  const { dims, strides } = loops;
  const blocked = new Set(loops.order.map((dim) => dims[dim]!.within?.dim));
  const isPlain = (dim: number): boolean => chosen(dim) && dims[dim]!.within === undefined && !blocked.has(dim);
  for (let at = loops.order.length - 2; at >= 0; at -= 1) {
    const outer = loops.order[at]!;
    const inner = loops.order[at + 1]!;
    if (!isPlain(outer) || !isPlain(inner)) continue;
    const { count } = dims[inner]!;
    if (!strides.every((stride) => stride[outer] === count * stride[inner]!)) continue;
    dims[inner] = { count: count * dims[outer]!.count };
    if (loops.lane === outer) loops.lane = inner;
    loops.order.splice(at, 1);
  }
}

/** Smallest and largest value of a form over all iterations. */
export function rangeOf(form: Form, dims: readonly Dim[]): { readonly low: number; readonly high: number } {
  let low = form.base;
  let high = form.base;
  form.strides.forEach((stride, dim) => {
    const reach = stride * (dims[dim]!.count - 1);
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  });
  return { low, high };
}

function dropGuards(kernel: Kernel): Kernel {
  if (accessesOf(kernel).every(({ guards }) => guards.length === 0)) return kernel;
  const clean = (access: Access): Access => ({
    ...access,
    guards: access.guards.filter(({ form, bound }) => {
      const { low, high } = rangeOf(form, kernel.dims);
      return low < 0 || high >= bound;
    }),
    ...(access.index === undefined ? {} : { index: { ...access.index, access: clean(access.index.access) } }),
  });
  const cleanValue = (value: Value): Value =>
    value.kind === "read" ? { ...value, access: clean(value.access) } : value;
  return {
    ...kernel,
    body: kernel.body.map(cleanValue),
    epilogue: kernel.epilogue.map(cleanValue),
    writes: kernel.writes.map(({ value, targets }) => ({ value, targets: targets.map(clean) })),
  };
}

/** The parallel dim along which most accesses are contiguous or fixed; the unit's own lanes when as good. */
function chooseLane(kernel: Kernel): number {
  const forms = accessesOf(kernel).map(({ address }) => address);
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let dim = 0; dim < kernel.reduceFrom; dim += 1) {
    if (kernel.dims[dim]!.within !== undefined || kernel.dims[dim]!.count < 4) continue;
    const alike = forms.filter(({ strides }) => strides[dim] === 0 || strides[dim] === 1).length;
    const score = alike + (dim === kernel.lane ? 0.5 : 0);
    if (score > bestScore) {
      best = dim;
      bestScore = score;
    }
  }
  return best;
}
