import type { Access, Kernel } from "../kernel.ts";
import type { Local } from "../wasm/code.ts";
import type { Emission, Held } from "./emission.ts";
import { emitChunks, emitLoops, moved, type Place, startPlace } from "./place.ts";
import { emitVectorValues } from "./values.ts";
import { writeVector } from "./vector-access.ts";
import { hasVectorForm } from "./vector-kernel.ts";

/** The dim along which operands lie together, and the one along which results do. */
export interface Turn {
  readonly from: number;
  readonly to: number;
}

/** A map whose operands and results lie together along different dims, of four elements at least; null for any other kernel. */
export function turnOf(kernel: Kernel): Turn | null {
  if (kernel.reductions.length > 0 || kernel.writes.length === 0 || kernel.body.length > 8) return null;
  const reads = kernel.body.flatMap((value) => (value.kind === "read" ? [value.access] : []));
  const targets = kernel.writes.flatMap((write) => write.targets);
  const apart = (access: Access, dim: number): boolean =>
    access.address.strides[dim]! > 1 || access.address.strides[dim]! < 0;
  const dims = kernel.dims.flatMap(({ count, within }, dim) => (count >= 4 && within === undefined ? [dim] : []));
  const from = dims.filter(
    (dim) => reads.some(({ address }) => address.strides[dim] === 1) && !reads.some((read) => apart(read, dim)),
  );
  const to = dims.filter((dim) => targets.every(({ address }) => address.strides[dim] === 1));
  const [first] = from;
  const [last] = to;
  if (first === undefined || last === undefined || from.some((dim) => to.includes(dim))) return null;
  if (targets.some(({ guards }) => guards.some(({ form }) => form.strides[first] !== 0))) return null;
  return hasVectorForm(kernel, first) && hasVectorForm(kernel, last) ? { from: first, to: last } : null;
}

/** Elements along `from` that are moved while a line of each result stays in cache. */
export function bandOf(kernel: Kernel, { from }: Turn): number {
  return kernel.dims[from]!.count >= 16 ? 16 : 4;
}

/**
 * Turns blocks of 4 x 4 in registers. Bands of `band` elements along `from`, at best 16, use each cache line of an operand whole. Last blocks that would
 * overhang are moved back: their elements are written twice, alike.
 */
export function emitTransposeKernel(emission: Emission, { from, to }: Turn, band: number): void {
  const { kernel, code, forms } = emission;
  const { dims } = kernel;
  const others = dims.map((_, dim) => dim).filter((dim) => dim !== from && dim !== to);
  emitLoops(code, forms, dims, others, startPlace(forms, dims), (start) => {
    emitChunks(code, forms, dims, from, band, start, (strip) => {
      emitChunks(code, forms, dims, to, 4, strip, (block) => {
        for (let at = 0; at < band; at += 4) emitBlock(emission, moved(block, from, at), { from, to });
      });
    });
  });
}

function emitBlock(emission: Emission, place: Place, { from, to }: Turn): void {
  const { kernel } = emission;
  const rows = [0, 1, 2, 3].map((row) => {
    const held: Held = new Map();
    emitVectorValues(emission, kernel.body, 0, moved(place, to, row), from, held);
    return held;
  });
  for (const { value, targets } of kernel.writes) {
    const columns = turned(
      emission,
      rows.map((held) => held.get(value)!),
    );
    const { type } = kernel.body[value]!;
    columns.forEach((column, index) => {
      for (const target of targets) writeVector(emission, target, type, moved(place, from, index), to, column);
    });
  }
}

/** The columns of a 4 x 4 matrix given by rows. */
function turned({ code }: Emission, rows: readonly Local[]): Local[] {
  const shuffled = (a: Local, b: Local, lanes: readonly number[]): Local => {
    code.get(a);
    code.get(b);
    code.shuffle32(lanes);
    return code.keep("v128");
  };
  const [first, second, third, fourth] = rows as readonly [Local, Local, Local, Local];
  const upper = [0, 2].map((lane) => shuffled(first, second, [lane, lane + 4, lane + 1, lane + 5]));
  const lower = [0, 2].map((lane) => shuffled(third, fourth, [lane, lane + 4, lane + 1, lane + 5]));
  return [0, 1].flatMap((half) => [
    shuffled(upper[half]!, lower[half]!, [0, 1, 4, 5]),
    shuffled(upper[half]!, lower[half]!, [2, 3, 6, 7]),
  ]);
}
