import { isVectorAccess } from "./emit/vector-access.ts";
import { isVectorLane } from "./emit/vector-arithmetic.ts";
import { hasVectorLanes } from "./emit/vector-kernel.ts";
import { type Access, accessesOf, type Dim, type Kernel, type SystolicPlan, valueAt } from "./kernel.ts";

/** The loops of a sum of products of two reads, if register tiles can do it. Guards, and steps of b along n, are looked at elsewhere. */
export type SystolicRoles = Omit<SystolicPlan, "stepA" | "stepB" | "table">;

export function systolicRoles(kernel: Kernel): SystolicRoles | null {
  const { body, reductions, dims, reduceFrom } = kernel;
  const [reduction, ...others] = reductions;
  if (reduction === undefined || others.length > 0 || reduction.combiner !== "sum") return null;
  if (kernel.crossLanes > 0 || kernel.scan !== "none" || kernel.ordered) return null;
  if (dims.some(({ within }) => within !== undefined) || reduceFrom === dims.length) return null;
  const [first, second, product, ...rest] = body;
  if (first?.kind !== "read" || second?.kind !== "read" || product?.kind !== "compute" || rest.length > 0) return null;
  const { op, operands } = product.instruction;
  if (op !== "mul" || reduction.value !== 2 || new Set(operands).size !== 2) return null;
  if (first.type !== reduction.type || !isVectorLane(reduction.type)) return null;
  if (first.access.index !== undefined || second.access.index !== undefined) return null;
  if (!kernel.epilogue.every(hasVectorLanes)) return null;
  const parallel = dims.map((_, dim) => dim).slice(0, reduceFrom);
  const only = (one: Access, other: Access): number[] =>
    parallel.filter((dim) => touches(one, dim) && !touches(other, dim));
  const ownFirst = only(first.access, second.access);
  const ownSecond = only(second.access, first.access);
  const candidates = [
    { a: 0, b: 1, access: second.access, column: first.access, rows: ownFirst, lanes: ownSecond },
    { a: 1, b: 0, access: first.access, column: second.access, rows: ownSecond, lanes: ownFirst },
  ].filter(({ lanes }) => lanes.length > 0);
  const best = candidates.sort((x, y) => laneScore(y) - laneScore(x))[0];
  if (best === undefined) return null;
  const n = bestLane(best.access, best.lanes, dims);
  const m = bestRow(best.column, best.rows, dims);
  const k = dims.map((_, dim) => dim).slice(reduceFrom);
  // One row does not repay a packed copy where plain vectors run along another dim: depthwise convolutions with channels last.
  if (m < 0 && best.access.address.strides[n] !== 1 && hasPlainVectors(kernel)) return null;
  const outer = parallel.filter((dim) => dim !== m && dim !== n);
  const roles = { a: best.a, b: best.b, m, n, outer, k };
  return writesAndLaterReads(kernel).every((access) => isVectorAccess(access, n)) ? roles : null;

  /** Prefers the operand whose neighbours lie together as vectors. */
  function laneScore({ access, lanes }: (typeof candidates)[number]): number {
    const dim = bestLane(access, lanes, dims);
    return (access.address.strides[dim] === 1 ? 1000 : 0) + Math.min(dims[dim]!.count, 64);
  }
}

function touches({ address, guards }: Access, dim: number): boolean {
  return address.strides[dim] !== 0 || guards.some(({ form }) => form.strides[dim] !== 0);
}

function bestLane({ address }: Access, candidates: readonly number[], dims: readonly Dim[]): number {
  const score = (dim: number): number => (address.strides[dim] === 1 ? 1e9 : 0) + dims[dim]!.count;
  return candidates.reduce((best, dim) => (score(dim) > score(best) ? dim : best), candidates[0]!);
}

/** The longest loop; of equally long ones that whose rows lie closest together. */
function bestRow({ address }: Access, candidates: readonly number[], dims: readonly Dim[]): number {
  const isBetter = (dim: number, than: number): boolean => {
    const longer = dims[dim]!.count - dims[than]!.count;
    return longer > 0 || (longer === 0 && Math.abs(address.strides[dim]!) < Math.abs(address.strides[than]!));
  };
  return candidates.reduce((best, dim) => (best < 0 || isBetter(dim, best) ? dim : best), -1);
}

/** Whether all accesses lie together, or stay in place, along some parallel dim. */
function hasPlainVectors(kernel: Kernel): boolean {
  const accesses = accessesOf(kernel);
  return kernel.dims.some(
    ({ count }, dim) =>
      dim < kernel.reduceFrom &&
      count >= 4 &&
      accesses.every(({ address }) => address.strides[dim] === 0 || address.strides[dim] === 1),
  );
}

function writesAndLaterReads(kernel: Kernel): Access[] {
  return [
    ...kernel.epilogue.flatMap((value) => (value.kind === "read" ? [value.access] : [])),
    ...kernel.writes.flatMap(({ targets }) => targets),
  ];
}

/** The read at a position of the body. */
export function operandAt(kernel: Kernel, position: number): Access {
  const value = valueAt(kernel, position);
  if (value.kind !== "read") throw new TypeError("an operand of a product is a read");
  return value.access;
}

/** The kernel with the read at a position replaced. */
export function withOperand(kernel: Kernel, position: number, access: Access): Kernel {
  const body = kernel.body.map((value, index) =>
    index === position && value.kind === "read" ? { ...value, access } : value,
  );
  return { ...kernel, body };
}
