import { type Access, type Dim, type Kernel, mapForms, valueAt, type Write } from "./kernel.ts";
import { type Region, regionOf } from "./region.ts";
import { simplifyKernel } from "./simplify-kernel.ts";

/**
 * A kernel whose results go to many places writes each of them once, densely; copies of what each place takes follow. So the code of the
 * kernel stays small, and guards that give every place its share become shorter loops.
 */
export function splitWrites(kernel: Kernel, regions: Region[]): Kernel[] {
  if (kernel.ordered || !kernel.writes.some(({ targets }) => isMany(targets))) return [kernel];
  const copies: Kernel[] = [];
  const writes = kernel.writes.map((write): Write => {
    if (!isMany(write.targets)) return write;
    const dims = kernel.dims.flatMap((_, dim) =>
      write.targets.some(({ address }) => address.strides[dim] !== 0) ? [dim] : [],
    );
    // A dim that only guards look at chooses between places for the same element: leave such kernels alone.
    const looked = write.targets.some(({ guards }) =>
      guards.some(({ form }) => form.strides.some((stride, dim) => stride !== 0 && !dims.includes(dim))),
    );
    if (looked || dims.some((dim) => kernel.dims[dim]!.within !== undefined)) return write;
    const { dense, copy } = denseResult(kernel, write, dims, regions);
    for (const target of write.targets) {
      const clipped = clipWrites(copy(target));
      if (clipped !== null) copies.push(simplifyKernel(clipped));
    }
    return { value: write.value, targets: [dense] };
  });
  return [{ ...kernel, writes }, ...copies];
}

function isMany(targets: readonly Access[]): boolean {
  return targets.length > 2 || (targets.length > 1 && targets.some(({ guards }) => guards.length > 0));
}

function denseResult(kernel: Kernel, { value, targets }: Write, dims: readonly number[], regions: Region[]) {
  const strides = kernel.dims.map(() => 0);
  let elements = 1;
  for (const dim of [...dims].reverse()) {
    strides[dim] = elements;
    elements *= kernel.dims[dim]!.count;
  }
  const [first] = targets;
  const { storage, region } = first!;
  const made = regionOf(`${region.name} of ${value}`, "buffer", storage, elements);
  regions.push(made);
  const dense: Access = { region: made, storage, address: { base: 0, strides }, guards: [], fill: 0 };
  const kept = (list: readonly number[]): number[] => dims.map((dim) => list[dim]!);
  const { type } = valueAt(kernel, value);
  return {
    dense,
    copy: (target: Access): Kernel => ({
      dims: dims.map((dim): Dim => ({ count: kernel.dims[dim]!.count })),
      reduceFrom: dims.length,
      scan: "none",
      crossLanes: 0,
      ordered: false,
      lane: dims.indexOf(kernel.lane),
      body: [{ kind: "read", type, access: { ...dense, address: { base: 0, strides: kept(strides) } } }],
      reductions: [],
      epilogue: [],
      writes: [
        {
          value: 0,
          targets: [
            {
              ...target,
              address: { base: target.address.base, strides: kept(target.address.strides) },
              guards: target.guards.map(({ form, bound }) => ({
                form: { base: form.base, strides: kept(form.strides) },
                bound,
              })),
            },
          ],
        },
      ],
    }),
  };
}

/** A map with one result whose loops run only where the guards of the result hold, as far as each depends on one loop; null if nowhere. */
export function clipWrites(kernel: Kernel): Kernel | null {
  const [write, ...others] = kernel.writes;
  const [target, ...more] = write?.targets ?? [];
  if (write === undefined || target === undefined || others.length + more.length > 0) return kernel;
  if (kernel.ordered || kernel.reductions.length > 0) return kernel;
  const starts = kernel.dims.map(() => 0);
  const ends = kernel.dims.map(({ count }) => count);
  const guards = target.guards.filter(({ form, bound }) => {
    const moving = form.strides.flatMap((stride, dim) => (stride === 0 ? [] : [dim]));
    const [dim] = moving;
    if (
      dim === undefined ||
      moving.length > 1 ||
      kernel.dims.some(({ within }, at) => within !== undefined && (at === dim || within.dim === dim))
    )
      return true;
    const stride = form.strides[dim]!;
    const bounds = [-form.base / stride, (bound - 1 - form.base) / stride];
    starts[dim] = Math.max(starts[dim]!, Math.ceil(Math.min(...bounds)));
    ends[dim] = Math.min(ends[dim]!, Math.floor(Math.max(...bounds)) + 1);
    return false;
  });
  if (starts.some((start, dim) => start >= ends[dim]!)) return null;
  if (guards.length === target.guards.length) return kernel;
  const writes: Write[] = [{ value: write.value, targets: [{ ...target, guards }] }];
  return startedAt({ ...kernel, writes }, starts, ends);
}

/** The kernel over iterations `starts` to `ends` of each dim. */
function startedAt(kernel: Kernel, starts: readonly number[], ends: readonly number[]): Kernel {
  const dims = kernel.dims.map((dim, index) =>
    starts[index] === 0 && ends[index] === dim.count ? dim : { ...dim, count: ends[index]! - starts[index]! },
  );
  return mapForms(
    kernel,
    ({ base, strides }) => ({ base: strides.reduce((sum, stride, dim) => sum + stride * starts[dim]!, base), strides }),
    { dims, reduceFrom: kernel.reduceFrom, lane: kernel.lane },
  );
}
