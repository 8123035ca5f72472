import { laneOf } from "@rdu/arithmetic";
import { DTYPES } from "@rdu/tensor";
import type { Access, Form, Kernel, SystolicPlan } from "./kernel.ts";
import { padded } from "./padded.ts";
import { type Region, regionOf } from "./region.ts";
import { simplifyKernel } from "./simplify-kernel.ts";
import { splitEpilogue } from "./split-epilogue.ts";
import { operandAt, type SystolicRoles, systolicRoles, withOperand } from "./systolic-plan.ts";

/** Copies of operands and tables of offsets that several kernels of a section share, by what they hold. */
export interface SharedRegions {
  readonly regions: Region[];
  /** Copies by the region copied; tables under null. */
  readonly known: Map<Region | null, Map<string, Region>>;
}

function knownOf({ known }: SharedRegions, of: Region | null): Map<string, Region> {
  const found = known.get(of) ?? new Map<string, Region>();
  known.set(of, found);
  return found;
}

/**
 * A sum of products ready for register tiles, behind the copies that it wants of its operands: one whose guards have become a margin of
 * fill values, one whose vectors lie together. Other kernels stay as they are.
 */
export function prepareSystolic(kernel: Kernel, shared: SharedRegions): Kernel[] {
  const roles = systolicRoles(kernel);
  if (roles === null) return [kernel];
  const split = splitEpilogue(kernel, roles.n, shared.regions);
  if (split !== null) return [...prepareSystolic(split[0], shared), split[1]];
  const copies: Kernel[] = [];
  let prepared: Kernel = kernel;
  for (const position of [roles.a, roles.b]) {
    const access = operandAt(prepared, position);
    if (access.guards.length === 0) continue;
    const margin = padded(access, kernel.dims);
    if (margin === null) return [...copies, kernel];
    const region = share(
      shared,
      `padded ${margin.key}`,
      access.region,
      () => margin.elements,
      (made) => copies.push(simplifyKernel(margin.copy(made))),
    );
    prepared = withOperand(prepared, position, margin.access(region));
  }
  const b = operandAt(prepared, roles.b);
  if (b.address.strides[roles.n] !== 1) {
    const dense = denseCopy(b, kernel, roles);
    const region = share(
      shared,
      `packed ${dense.key}`,
      b.region,
      () => dense.elements,
      (made) => copies.push(simplifyKernel(dense.copy(made))),
    );
    prepared = withOperand(prepared, roles.b, dense.access(region));
  }
  if (operandAt(prepared, roles.a).address.strides[roles.m]! < 0) return [...copies, kernel];
  return [...copies, { ...prepared, systolic: planOf(prepared, roles, shared) }];
}

/** The region of a copy, made with `copy` when it does not exist yet. */
function share(
  shared: SharedRegions,
  what: string,
  of: Region,
  elements: () => number,
  copy: (made: Region) => void,
): Region {
  const known = knownOf(shared, of);
  const found = known.get(what);
  if (found !== undefined) return found;
  const region = regionOf(`${of.name} ${what}`, "buffer", of.storage, elements());
  shared.regions.push(region);
  known.set(what, region);
  copy(region);
  return region;
}

/** A dense copy of an operand over the dims it moves with, vectors innermost. */
function denseCopy(access: Access, kernel: Kernel, { n }: SystolicRoles) {
  const moving = kernel.dims.map((_, dim) => dim).filter((dim) => dim !== n && access.address.strides[dim] !== 0);
  const order = [...moving, n];
  const dims = order.map((dim) => ({ count: kernel.dims[dim]!.count }));
  const dense: number[] = [];
  let elements = 1;
  for (let index = order.length - 1; index >= 0; index -= 1) {
    dense[index] = elements;
    elements *= dims[index]!.count;
  }
  const strides = kernel.dims.map((_, dim) => dense[order.indexOf(dim)] ?? 0);
  const from: Form = { base: access.address.base, strides: order.map((dim) => access.address.strides[dim]!) };
  return {
    key: JSON.stringify([from, dims]),
    elements,
    access: (region: Region): Access => ({ ...access, region, address: { base: 0, strides } }),
    copy: (region: Region): Kernel => ({
      ...kernel,
      dims,
      reduceFrom: dims.length,
      lane: dims.length - 1,
      body: [{ kind: "read", type: laneOf(access.storage) ?? "f32", access: { ...access, address: from } }],
      reductions: [],
      epilogue: [],
      writes: [{ value: 0, targets: [{ ...access, region, address: { base: 0, strides: dense } }] }],
    }),
  };
}

function planOf(kernel: Kernel, roles: SystolicRoles, shared: SharedRegions): SystolicPlan {
  const counts = roles.k.map((dim) => kernel.dims[dim]!.count);
  const a = operandAt(kernel, roles.a);
  const b = operandAt(kernel, roles.b);
  const stepA = stepOf(a, roles.k, counts);
  const stepB = stepOf(b, roles.k, counts);
  const listed = [...(stepA === null ? [a] : []), ...(stepB === null ? [b] : [])];
  const table = listed.length === 0 ? null : tableOf(listed, kernel, roles.k, counts, shared);
  return { ...roles, stepA, stepB, table };
}

/** Bytes between successive iterations of the loops `k` taken as one; null when they differ. */
function stepOf({ address, storage }: Access, k: readonly number[], counts: readonly number[]): number | null {
  for (let index = 0; index + 1 < k.length; index += 1) {
    if (address.strides[k[index]!] !== counts[index + 1]! * address.strides[k[index + 1]!]!) return null;
  }
  return address.strides[k.at(-1)!]! * DTYPES[storage].bytes;
}

function tableOf(
  listed: readonly Access[],
  kernel: Kernel,
  k: readonly number[],
  counts: readonly number[],
  shared: SharedRegions,
): Access {
  const known = knownOf(shared, null);
  const steps = listed.map(({ address, storage }) => k.map((dim) => address.strides[dim]! * DTYPES[storage].bytes));
  const key = `table ${steps.map((bytes) => bytes.join()).join(" ")} of ${counts.join()}`;
  let region = known.get(key);
  if (region === undefined) {
    const contents = offsetsOf(steps, counts);
    region = { ...regionOf(key, "buffer", "int32", contents.length), contents };
    shared.regions.push(region);
    known.set(key, region);
  }
  return { region, storage: "int32", address: { base: 0, strides: kernel.dims.map(() => 0) }, guards: [], fill: 0 };
}

/** The offsets of each iteration of loops of these counts, in order, for each list of steps. */
function offsetsOf(steps: readonly (readonly number[])[], counts: readonly number[]): Int32Array {
  const total = counts.reduce((product, count) => product * count, 1);
  const contents = new Int32Array(total * steps.length);
  for (const [which, bytes] of steps.entries()) {
    const digits = counts.map(() => 0);
    let offset = 0;
    for (let index = 0; index < total; index += 1) {
      contents[index * steps.length + which] = offset;
      for (let digit = counts.length - 1; digit >= 0; digit -= 1) {
        offset += bytes[digit]!;
        digits[digit]! += 1;
        if (digits[digit]! < counts[digit]!) break;
        offset -= counts[digit]! * bytes[digit]!;
        digits[digit] = 0;
      }
    }
  }
  return contents;
}
