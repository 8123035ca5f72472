import type { Attribute } from "@rdu/ir";
import { writePart } from "./compose.ts";
import { CONTRACTIONS, matmul } from "./contraction.ts";
import { CONVOLUTIONS } from "./convolution.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { ELEMENTWISE, gelu } from "./elementwise.ts";
import { plus } from "./index-form.ts";
import { widened } from "./lane-types.ts";
import { copy, map, mapInput, permuted, smooth } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { POOLS } from "./pooling.ts";

/** Axes with the channels, which are last, behind the batch. */
export function channelsFirst<Item>(axes: readonly Item[]): readonly Item[] {
  return [...axes.slice(0, 1), ...axes.slice(-1), ...axes.slice(1, -1)];
}

/** Axes with the channels, which are second, at the end. */
export function channelsLast<Item>(axes: readonly Item[]): readonly Item[] {
  return [...axes.slice(0, 1), ...axes.slice(2), ...axes.slice(1, 2)];
}

const axesOf = (ref: TensorRef): readonly number[] => ref.shape.map((_, axis) => axis);

/** Moves the channels of the first operand and of the first result, which lie last, to the second place while `write` works. */
export function withChannelsSecond(
  b: NodeBuilder,
  write: (x: TensorRef, target: TensorRef) => HostVerdict | undefined,
): HostVerdict | undefined {
  const [x, target] = [b.input(0), b.output()];
  const moved = b.fresh("moved", target.dtype, channelsFirst(target.shape));
  const verdict = write(permuted(b, x, "channels", channelsFirst(axesOf(x))), moved);
  if (verdict !== undefined) return verdict;
  const order = channelsLast(axesOf(target));
  return copy(b, target, moved, (at) => order.map((_, axis) => at[order.indexOf(axis)]!));
}

/** Which attributes of the standard operator the parameters of a fused activation are. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  Elu: ["alpha"],
  LeakyRelu: ["alpha"],
  ThresholdedRelu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  Selu: ["alpha", "gamma"],
};

/** The activation that a fused operator names, from `y` to `target`. */
function activation(
  b: NodeBuilder,
  y: TensorRef,
  target: TensorRef,
  parameter: (name: string, place: number) => number | undefined,
): HostVerdict | undefined {
  const op = b.attributes.string("activation", "");
  if (op === "Clip") {
    const [low, high] = ["min", "max"].map((name, place) => parameter(name, place));
    return map(b, target, [y], (p, x) => {
      const raised = low === undefined ? x : p.apply("max", x, literal(low, x.dtype));
      return high === undefined ? raised : p.apply("min", raised, literal(high, x.dtype));
    });
  }
  const attributes: Record<string, Attribute> = {};
  for (const [place, name] of (PARAMETERS[op] ?? []).entries()) {
    const value = parameter(name, place);
    if (value !== undefined) attributes[name] = { kind: "float", value };
  }
  return writePart(b, ELEMENTWISE, { op, inputs: [y], outputs: [target], attributes });
}

/** Where the value before the activation goes: to the result itself when there is none. */
function beforeActivation(b: NodeBuilder, target: TensorRef): TensorRef {
  const op = b.attributes.string("activation", "");
  return op === "" || op === "Identity" ? target : b.fresh("linear", target.dtype, target.shape);
}

const named =
  (b: NodeBuilder) =>
  (name: string): number | undefined =>
    b.attributes.has(`activation_${name}`) ? b.attributes.float(`activation_${name}`) : undefined;

const fusedGemm: Decompose = (b) => {
  const linear = beforeActivation(b, b.output());
  const attributes = only(b, "alpha", "beta", "transA", "transB");
  const inputs = [b.input(0), b.input(1), b.optional(2)];
  writePart(b, CONTRACTIONS, { op: "Gemm", inputs, outputs: [linear], attributes });
  return finish(b, linear, named(b));
};

function finish(
  b: NodeBuilder,
  linear: TensorRef,
  parameter: (name: string, place: number) => number | undefined,
): HostVerdict | undefined {
  return linear.id === b.output().id ? undefined : activation(b, linear, b.output(), parameter);
}

function only(b: NodeBuilder, ...names: readonly string[]): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(Object.entries(b.node.attributes).filter(([name]) => names.includes(name)));
}

const fusedMatMulActivation: Decompose = (b) => {
  const linear = beforeActivation(b, b.output());
  const verdict = CONTRACTIONS["com.microsoft.FusedMatMul"]?.({ ...b, output: () => linear });
  return verdict ?? finish(b, linear, named(b));
};

/** Convolution to `target` of operands with channels second, with the sum and the activation that follow. */
function convolution(b: NodeBuilder, x: TensorRef, target: TensorRef, added: TensorRef | undefined) {
  const attributes = only(b, "auto_pad", "dilations", "group", "kernel_shape", "pads", "strides");
  const linear = beforeActivation(b, target);
  const sums = added === undefined ? linear : b.fresh("sums", widened(target.dtype), target.shape);
  writePart(b, CONVOLUTIONS, { op: "Conv", inputs: [x, b.input(1), b.optional(2)], outputs: [sums], attributes });
  if (added !== undefined)
    map(b, linear, [sums, added], (p, y, z) => p.convert(p.apply("add", p.widen(y), p.widen(z)), linear.dtype));
  const given = b.attributes.floats("activation_params", []);
  return linear.id === target.id ? undefined : activation(b, linear, target, (_, place) => given[place]);
}

const fusedConv: Decompose = (b) => convolution(b, b.input(0), b.output(), b.optional(3));

const nhwcConv: Decompose = (b) =>
  withChannelsSecond(b, (x, target) => {
    const added = b.optional(3);
    return convolution(
      b,
      x,
      target,
      added === undefined ? undefined : permuted(b, added, "added", channelsFirst(axesOf(added))),
    );
  });

const nhwcMaxPool: Decompose = (b) =>
  withChannelsSecond(b, (x, target) =>
    writePart(b, POOLS, { op: "MaxPool", inputs: [x], outputs: [target], attributes: b.node.attributes }),
  );

const gemmFastGelu: Decompose = (b) => {
  const target = b.output();
  const bias = b.has(2) ? mapInput(b, 2) : undefined;
  return matmul(b, target, [b.input(0), b.input(1)], {
    finish: (p, sum, at) => {
      if (bias === undefined) return gelu(p, sum, true);
      const offset = p.widen("id" in bias ? p.broadcast(bias, at) : bias);
      return gelu(p, p.apply("add", sum, offset), true);
    },
  });
};

const biasAdd: Decompose = (b) =>
  map(
    b,
    b.output(),
    [mapInput(b, 0), mapInput(b, 1), mapInput(b, 2)],
    smooth((p, x, bias, skip) => p.apply("add", p.apply("add", x, bias), skip)),
  );

const biasSplitGelu: Decompose = (b) => {
  const [x, bias, target] = [b.input(0), b.input(1), b.output()];
  const half = target.shape.at(-1)!;
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const part = (offset: number): Scalar => {
      const index = at.map((i, axis) => (axis === at.length - 1 ? plus(i, offset) : i));
      return p.apply("add", p.widen(p.read(x, index)), p.widen(p.read(bias, index.slice(-1))));
    };
    p.give(p.apply("mul", part(0), gelu(p, part(half), false)), target, at);
  });
  return undefined;
};

// biome-ignore format: a table
export const FUSED: Readonly<Record<string, Decompose>> = {
  "com.microsoft.FusedGemm": fusedGemm,
  "com.microsoft.TransposeMatMul": (b) => CONTRACTIONS["com.microsoft.FusedMatMul"]!(b),
  "com.microsoft.FusedMatMulActivation": fusedMatMulActivation,
  "com.microsoft.GemmFastGelu": gemmFastGelu,
  "com.microsoft.FusedConv": fusedConv,
  "com.microsoft.NhwcConv": nhwcConv,
  "com.microsoft.NhwcFusedConv": nhwcConv,
  "com.microsoft.NhwcMaxPool": nhwcMaxPool,
  "com.microsoft.BiasAdd": biasAdd,
  "com.microsoft.BiasSplitGelu": biasSplitGelu,
};
