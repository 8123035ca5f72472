import { type Access, accessesOf, type Dim, type Form, formsOf, type Kernel, mapForms, type Value } from "./kernel.ts";

/**
 * The same work in fewer and longer loops: blocks and their lanes become one loop where every form counts them alike, loops of one
 * iteration go, guards that always hold go, parallel loops are put in the order of the results in memory and joined where possible.
 */
export function simplifyKernel(kernel: Kernel): Kernel {
  let simple = dropGuards(dropSingles(mergeBlocks(kernel)));
  if (!simple.ordered) simple = collapse(sortParallel(simple), 0, simple.reduceFrom);
  if (simple.crossLanes === 0 && simple.scan === "none")
    simple = collapse(simple, simple.reduceFrom, simple.dims.length);
  return simple.ordered ? simple : { ...simple, lane: chooseLane(simple) };
}

/** Keeps the dims `order`, in that order; `replaced` gives the new form of some. */
function keepDims(kernel: Kernel, order: readonly number[], replaced: ReadonlyMap<number, Dim> = new Map()): Kernel {
  const dims = order.map((dim): Dim => {
    const { count, within } = replaced.get(dim) ?? kernel.dims[dim]!;
    return within === undefined ? { count } : { count, within: { ...within, dim: order.indexOf(within.dim) } };
  });
  return mapForms(kernel, ({ base, strides }) => ({ base, strides: order.map((dim) => strides[dim]!) }), {
    dims,
    reduceFrom: order.filter((dim) => dim < kernel.reduceFrom).length,
    lane: order.indexOf(kernel.lane),
  });
}

function allDims(kernel: Kernel): number[] {
  return kernel.dims.map((_, dim) => dim);
}

/** Dims that other code relies on by their place: blocks and lanes of a cross-lane reduction. */
function isFixed(kernel: Kernel, dim: number): boolean {
  return kernel.crossLanes > 0 && dim >= kernel.dims.length - 2;
}

function mergeBlocks(kernel: Kernel): Kernel {
  for (const [dim, { count, within }] of kernel.dims.entries()) {
    if (within === undefined || isFixed(kernel, dim)) continue;
    const single = kernel.dims[within.dim]!.count === 1;
    const alike = formsOf(kernel).every(({ strides }) => strides[within.dim] === within.step * strides[dim]!);
    if (!single && !alike) continue;
    const merged: Dim = { count: single ? Math.min(count, within.total) : within.total };
    const rest = allDims(kernel).filter((other) => other !== within.dim);
    return mergeBlocks(keepDims(kernel, rest, new Map([[dim, merged]])));
  }
  return kernel;
}

function dropSingles(kernel: Kernel): Kernel {
  const blocked = new Set(kernel.dims.map(({ within }) => within?.dim));
  const kept = allDims(kernel).filter(
    (dim) => kernel.dims[dim]!.count !== 1 || blocked.has(dim) || isFixed(kernel, dim),
  );
  return kept.length === kernel.dims.length ? kernel : keepDims(kernel, kept);
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

/** Parallel dims by descending distance in the first result. Blocks stay outside the loops that count within them. */
function sortParallel(kernel: Kernel): Kernel {
  if (kernel.dims.some(({ within }, dim) => within !== undefined && dim < kernel.reduceFrom)) return kernel;
  const target = kernel.writes[0]?.targets[0]?.address.strides;
  if (target === undefined) return kernel;
  const parallel = allDims(kernel).slice(0, kernel.reduceFrom);
  parallel.sort((a, b) => Math.abs(target[b]!) - Math.abs(target[a]!) || a - b);
  return keepDims(kernel, [...parallel, ...allDims(kernel).slice(kernel.reduceFrom)]);
}

/** Joins neighbours from dim `from` to `to` (exclusive) that every form counts as one. */
function collapse(kernel: Kernel, from: number, to: number): Kernel {
  for (let dim = from; dim + 1 < to; dim += 1) {
    const outer = kernel.dims[dim]!;
    const inner = kernel.dims[dim + 1]!;
    const ragged = kernel.dims.some(({ within }) => within?.dim === dim || within?.dim === dim + 1);
    if (ragged || outer.within !== undefined || inner.within !== undefined) continue;
    if (!formsOf(kernel).every(({ strides }) => strides[dim] === inner.count * strides[dim + 1]!)) continue;
    const joined: Dim = { count: outer.count * inner.count };
    const rest = allDims(kernel).filter((other) => other !== dim);
    const lane = kernel.lane === dim ? dim + 1 : kernel.lane;
    return collapse(keepDims({ ...kernel, lane }, rest, new Map([[dim + 1, joined]])), from, to - 1);
  }
  return kernel;
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
