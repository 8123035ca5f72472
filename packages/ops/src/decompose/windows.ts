import { elementAt } from "@rdu/diagnostics";
import { type Index, plus, times } from "./index-form.ts";
import type { NodeBuilder } from "./node-builder.ts";

/** How a kernel slides along one spatial axis: output o and tap k meet input o * stride + k * dilation - padBegin. */
export interface Window {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/** Windows of a convolution or pool from its attributes; the output extents are those that inference found (ceil_mode included). */
export function windowsOf(
  b: NodeBuilder,
  input: readonly number[],
  output: readonly number[],
  kernel: readonly number[],
): readonly Window[] {
  const rank = kernel.length;
  const ones = new Array<number>(rank).fill(1);
  const strides = b.attributes.ints("strides", ones);
  const dilations = b.attributes.ints("dilations", ones);
  const pads = b.attributes.ints("pads", new Array<number>(2 * rank).fill(0));
  const auto = b.attributes.string("auto_pad", "NOTSET");
  return kernel.map((taps, axis): Window => {
    const stride = elementAt(strides, axis);
    const dilation = elementAt(dilations, axis);
    const common = { input: input[axis]!, output: output[axis]!, kernel: taps, stride, dilation };
    if (auto === "NOTSET" || auto === "")
      return { ...common, padBegin: elementAt(pads, axis), padEnd: elementAt(pads, axis + rank) };
    if (auto === "VALID") return { ...common, padBegin: 0, padEnd: 0 };
    const total = Math.max((common.output - 1) * stride + (taps - 1) * dilation + 1 - common.input, 0);
    const less = Math.floor(total / 2);
    const padBegin = auto === "SAME_LOWER" ? total - less : less;
    return { ...common, padBegin, padEnd: total - padBegin };
  });
}

/** The input position of an output position and a tap. */
export function inputPosition({ stride, dilation, padBegin }: Window, output: Index, tap: Index): Index {
  return plus(times(output, stride), times(tap, dilation), -padBegin);
}

/** True when no tap of any output falls outside the input. */
export function isInside({ input, output, kernel, stride, dilation, padBegin }: Window): boolean {
  return padBegin <= 0 && (output - 1) * stride + (kernel - 1) * dilation - padBegin < input;
}

/** Names of spatial loops: x; y, x; z, y, x. */
export function spatialNames(rank: number, prefix = ""): readonly string[] {
  return Array.from({ length: rank }, (_, axis) => prefix + ("xyz"[rank - 1 - axis] ?? `s${axis}`));
}

/** Taps of output position `o` that lie inside the input, or with `padded` inside the input and its padding. */
export function tapsInside(
  { input, kernel, stride, dilation, padBegin, padEnd }: Window,
  o: number,
  padded: boolean,
): number {
  const [low, high] = padded ? [-padBegin, input + padEnd] : [0, input];
  let count = 0;
  for (let tap = 0; tap < kernel; tap += 1) {
    const at = o * stride + tap * dilation - padBegin;
    if (at >= low && at < high) count += 1;
  }
  return count;
}
