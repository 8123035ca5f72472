import { fromNumbers, type Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { compiled, differences } from "../support/run-graph.ts";
import { filled, integers, scalar } from "./sample.ts";

/** A model whose result has a declared shape that `agreeing` gives and `differing` does not. */
interface Declared {
  readonly title: string;
  readonly text: string;
  readonly agreeing: Readonly<Record<string, Tensor>>;
  readonly differing: readonly Readonly<Record<string, Tensor>>[];
}

const x234 = filled("float32", [2, 3, 4], 1);
const i64 = (value: number): Tensor => scalar("int64", value);

const CASES: readonly Declared[] = [
  {
    title: "a sum over axes, known from the logarithm after it",
    text: "graph g(%x: f32[3,4,3], %axes: i64[1]) -> (%y) {\n  %s = ReduceSum@13(%x, %axes) [keepdims=0]\n  %y: f32[3,3] = Log@13(%s)\n}",
    agreeing: { x: filled("float32", [3, 4, 3], 1, "positive"), axes: integers([-2]) },
    differing: [[0], [2], [-1]].map((axes) => ({ x: filled("float32", [3, 4, 3], 1), axes: integers(axes) })),
  },
  {
    title: "a sum over one of two axes of one length, which stays",
    text: "graph g(%x: f32[3,4,3], %axes: i64[1]) -> (%y) {\n  %s = ReduceSum@13(%x, %axes) [keepdims=1]\n  %y: f32[1,4,3] = Sqrt@13(%s)\n}",
    agreeing: { x: filled("float32", [3, 4, 3], 1, "positive"), axes: integers([0]) },
    differing: [{ x: filled("float32", [3, 4, 3], 1), axes: integers([2]) }],
  },
  {
    title: "a range, known from a sum of two functions of it",
    text: "graph g(%n: i32[], %d: i32[]) -> (%y) {\n  const %zero: i32[] = [0]\n  %r = Range@11(%zero, %n, %d)\n  %a = Cast@13(%r) [to=1]\n  %b = Cos@7(%a)\n  %y: f32[5] = Add@14(%a, %b)\n}",
    agreeing: { n: scalar("int32", -9), d: scalar("int32", -2) },
    differing: [
      { n: scalar("int32", 6), d: scalar("int32", 1) },
      { n: scalar("int32", -4), d: scalar("int32", 1) },
    ],
  },
  {
    title: "a reshape",
    text: "graph g(%x: f32[2,3,4], %s: i64[3]) -> (%y) {\n  %r = Reshape@14(%x, %s)\n  %y: f32[2,6,2] = Neg@13(%r)\n}",
    agreeing: { x: x234, s: integers([0, -1, 2]) },
    differing: [
      [6, 2, 2],
      [2, 2, 6],
      [-1, -1, 2],
      [0, 0, 2],
    ].map((s) => ({ x: x234, s: integers(s) })),
  },
  {
    title: "an expansion",
    text: "graph g(%x: f32[3,1], %s: i64[3]) -> (%y) {\n  %r = Expand@13(%x, %s)\n  %y: f32[2,3,4] = Neg@13(%r)\n}",
    agreeing: { x: filled("float32", [3, 1], 2), s: integers([2, 1, 4]) },
    differing: [
      [2, 3, 5],
      [2, 3, 1],
      [1, 3, 4],
    ].map((s) => ({ x: filled("float32", [3, 1], 2), s: integers(s) })),
  },
  {
    title: "a repetition",
    text: "graph g(%x: f32[2,3], %s: i64[2]) -> (%y) {\n  %y: f32[4,3] = Tile@13(%x, %s)\n}",
    agreeing: { x: filled("float32", [2, 3], 2), s: integers([2, 1]) },
    differing: [{ x: filled("float32", [2, 3], 2), s: integers([1, 2]) }],
  },
  {
    title: "a filled tensor",
    text: "graph g(%s: i64[2]) -> (%y) {\n  %y: f32[4,3] = ConstantOfShape@9(%s)\n}",
    agreeing: { s: integers([4, 3]) },
    differing: [{ s: integers([3, 4]) }],
  },
  {
    title: "a slice",
    text: "graph g(%x: f32[2,3,4], %from: i64[2], %to: i64[2], %axes: i64[2], %steps: i64[2]) -> (%y) {\n  %r = Slice@13(%x, %from, %to, %axes, %steps)\n  %y: f32[2,2,2] = Neg@13(%r)\n}",
    agreeing: {
      x: x234,
      from: integers([-1, 0]),
      to: integers([-100, 100]),
      axes: integers([1, -1]),
      steps: integers([-2, 2]),
    },
    differing: [
      [-1, -2, 2],
      [-1, -100, 1],
      [0, -1, 2],
    ].map(([axis = 0, to = 0, step = 0]) => ({
      x: x234,
      from: integers([axis, 0]),
      to: integers([to, 100]),
      axes: integers([1, 2]),
      steps: integers([-1, step]),
    })),
  },
  {
    title: "a padding",
    text: "graph g(%x: f32[2,3], %pads: i64[4]) -> (%y) {\n  %r = Pad@13(%x, %pads)\n  %y: f32[4,4] = Neg@13(%r)\n}",
    agreeing: { x: filled("float32", [2, 3], 2), pads: integers([2, 0, 0, 1]) },
    differing: [{ x: filled("float32", [2, 3], 2), pads: integers([2, 0, 0, 2]) }],
  },
  {
    title: "a crop about the centre",
    text: "graph g(%x: f32[5,3], %s: i64[1]) -> (%y) {\n  %y: f32[5,4] = CenterCropPad@18(%x, %s) [axes=[-1]]\n}",
    agreeing: { x: filled("float32", [5, 3], 2), s: integers([4]) },
    differing: [{ x: filled("float32", [5, 3], 2), s: integers([2]) }],
  },
  {
    title: "the largest",
    text: "graph g(%x: f32[2,5], %k: i64[1]) -> (%y, %places) {\n  %y: f32[2,3], %places: i64[2,3] = TopK@11(%x, %k)\n}",
    agreeing: { x: filled("float32", [2, 5], 2), k: integers([3]) },
    differing: [{ x: filled("float32", [2, 5], 2), k: integers([2]) }],
  },
  {
    title: "one of so many",
    text: "graph g(%i: i64[3], %depth: i64[], %v: f32[2]) -> (%y) {\n  %y: f32[3,4] = OneHot@11(%i, %depth, %v)\n}",
    agreeing: { i: integers([0, 3, -1]), depth: i64(4), v: fromNumbers("float32", [2], [0, 1]) },
    differing: [{ i: integers([0, 3, -1]), depth: i64(5), v: fromNumbers("float32", [2], [0, 1]) }],
  },
  {
    title: "parts",
    text: "graph g(%x: f32[5], %s: i64[2]) -> (%y, %z) {\n  %y: f32[2], %z: f32[3] = Split@13(%x, %s)\n}",
    agreeing: { x: filled("float32", [5], 2), s: integers([2, 3]) },
    differing: [{ x: filled("float32", [5], 2), s: integers([3, 2]) }],
  },
  {
    title: "an axis put in",
    text: "graph g(%x: f32[2,3], %a: i64[1]) -> (%y) {\n  %y: f32[2,1,3] = Unsqueeze@13(%x, %a)\n}",
    agreeing: { x: filled("float32", [2, 3], 2), a: integers([-2]) },
    differing: [{ x: filled("float32", [2, 3], 2), a: integers([0]) }],
  },
  {
    title: "an axis taken out",
    text: "graph g(%x: f32[1,2,1], %a: i64[1]) -> (%y) {\n  %y: f32[1,2] = Squeeze@13(%x, %a)\n}",
    agreeing: { x: filled("float32", [1, 2, 1], 2), a: integers([-1]) },
    differing: [{ x: filled("float32", [1, 2, 1], 2), a: integers([0]) }],
  },
  {
    title: "a grid of a size that the run brings, known from the shape of the whole",
    text: `graph g(%size: i64[3]) -> (%y) {
  const %zero: i64[] = [0]
  const %one: i64[] = [1]
  const %column: i64[2] = [-1, 1]
  const %last: i64[1] = [2]
  const %end: i64[1] = [3]
  %n, %h, %w = Split@18(%size) [num_outputs=3]
  %rows = Range@11(%zero, %h, %one)
  %columns = Range@11(%zero, %w, %one)
  %standing = Reshape@14(%rows, %column)
  %plane = Add@14(%standing, %columns)
  %thick = Expand@13(%plane, %size)
  %whole = Concat@13(%n, %h, %w) [axis=0]
  %again = Reshape@14(%thick, %whole)
  %wide = Slice@13(%size, %last, %end)
  %ones = ConstantOfShape@9(%wide)
  %real = Cast@13(%again) [to=1]
  %y: f32[2,3,4] = Add@14(%real, %ones)
}`,
    agreeing: { size: integers([2, 3, 4]) },
    differing: [
      [2, 4, 3],
      [1, 3, 4],
      [3, 3, 4],
      [2, 3, 1],
    ].map((size) => ({ size: integers(size) })),
  },
  {
    title: "a crop and padding about the centre, written out: bounds computed from the extents wanted",
    text: `graph g(%x: f32[7,3], %size: i64[2]) -> (%y) {
  const %two: i64[] = [2]
  %own = Shape@15(%x)
  %wide = Max@13(%own, %size)
  %more = Sub@14(%wide, %own)
  %before = Div@14(%more, %two)
  %after = Sub@14(%more, %before)
  %pads = Concat@13(%before, %after) [axis=0]
  %padded = Pad@13(%x, %pads)
  %whole = Shape@15(%padded)
  %less = Sub@14(%whole, %size)
  %from = Div@14(%less, %two)
  %to = Add@14(%from, %size)
  %y: f32[4,6] = Slice@13(%padded, %from, %to)
}`,
    agreeing: { x: filled("float32", [7, 3], 2), size: integers([4, 6]) },
    differing: [
      [4, 5],
      [5, 6],
      [7, 3],
    ].map((size) => ({ x: filled("float32", [7, 3], 2), size: integers(size) })),
  },
  {
    title: "a size from which floats are computed that say another one",
    text: `graph g(%x: f32[1], %n: i64[1]) -> (%y, %z, %ones) {
  const %half: f32[] = [0.5]
  %ones: f32[6] = ConstantOfShape@9(%n)
  %real = Cast@13(%n) [to=1]
  %less = Mul@14(%real, %half)
  %round = Ceil@13(%less)
  %count = Cast@13(%round) [to=7]
  %y = Expand@13(%x, %n)
  %z = ConstantOfShape@9(%count)
}`,
    agreeing: { x: filled("float32", [1], 2), n: integers([6]) },
    differing: [5, 7, 1].map((n) => ({ x: filled("float32", [1], 2), n: integers([n]) })),
  },
  {
    title: "a branch whose way follows from a declared length",
    text: `graph g(%x: f32[4], %n: i64[1]) -> (%y) {
  const %one: i64[] = [1]
  const %zero: i64[] = [0]
  %count = Squeeze@13(%n)
  %steps: i64[4] = Range@11(%zero, %count, %one)
  %real = Cast@13(%steps) [to=1]
  %single = Equal@13(%n, %one)
  %step = If@16(%single) {
    else_branch = graph e() -> (%b) {
      %c = Cast@13(%n) [to=1]
      %b = Reciprocal@13(%c)
    }
    then_branch = graph t() -> (%a) {
      %d = Cast@13(%zero) [to=1]
      %a = Neg@13(%d)
    }
  }
  %scaled = Mul@14(%real, %step)
  %y: f32[4] = Add@14(%scaled, %x)
}`,
    agreeing: { x: filled("float32", [4], 2), n: integers([4]) },
    differing: [1, 3, 5].map((n) => ({ x: filled("float32", [4], 2), n: integers([n]) })),
  },
  {
    title: "a resize to sizes",
    text: `graph g(%x: f32[1,2,4], %s: i64[3]) -> (%y) {\n  %y: f32[1,2,7] = Resize@19(%x, _, _, %s) [mode="linear"]\n}`,
    agreeing: { x: filled("float32", [1, 2, 4], 2), s: integers([1, 2, 7]) },
    differing: [8, 4].map((n) => ({ x: filled("float32", [1, 2, 4], 2), s: integers([1, 2, n]) })),
  },
  {
    title: "a resize by scales",
    text: `graph g(%x: f32[2,4], %s: f32[2]) -> (%y) {\n  %r = Resize@19(%x, _, %s) [mode="nearest"]\n  %y: f32[4,6] = Neg@13(%r)\n}`,
    agreeing: { x: filled("float32", [2, 4], 2), s: fromNumbers("float32", [2], [2, 1.7]) },
    differing: [
      [2, 1.8],
      [1.9, 1.6],
    ].map((s) => ({ x: filled("float32", [2, 4], 2), s: fromNumbers("float32", [2], s) })),
  },
  {
    title: "a resize to no more than sizes, the aspect kept",
    text: `graph g(%x: f32[2,4], %s: i64[2]) -> (%y) {\n  %y: f32[3,6] = Resize@19(%x, _, _, %s) [axes=[1,0], keep_aspect_ratio_policy="not_larger", mode="linear"]\n}`,
    agreeing: { x: filled("float32", [2, 4], 2), s: integers([9, 3]) },
    differing: [
      [9, 4],
      [5, 3],
    ].map((s) => ({ x: filled("float32", [2, 4], 2), s: integers(s) })),
  },
  {
    title: "an old upsampling",
    text: `graph g(%x: f32[2,4], %s: f32[2]) -> (%y) {\n  %y: f32[4,4] = Upsample@9(%x, %s) [mode="nearest"]\n}`,
    agreeing: { x: filled("float32", [2, 4], 2), s: fromNumbers("float32", [2], [2, 1]) },
    differing: [{ x: filled("float32", [2, 4], 2), s: fromNumbers("float32", [2], [2, 1.5]) }],
  },
  {
    title: "a grid of an affine map",
    text: "graph g(%t: f32[1,2,3], %s: i64[4]) -> (%y) {\n  %y: f32[1,2,3,2] = AffineGrid@20(%t, %s)\n}",
    agreeing: { t: filled("float32", [1, 2, 3], 2), s: integers([1, 9, 2, 3]) },
    differing: [{ t: filled("float32", [1, 2, 3], 2), s: integers([1, 2, 3, 2]) }],
  },
  {
    title: "an image from columns",
    text: "graph g(%x: f32[1,4,4], %i: i64[2], %k: i64[2]) -> (%y) {\n  %y: f32[1,1,3,3] = Col2Im@18(%x, %i, %k)\n}",
    agreeing: { x: filled("float32", [1, 4, 4], 2), i: integers([3, 3]), k: integers([2, 2]) },
    differing: [{ x: filled("float32", [1, 4, 4], 2), i: integers([2, 5]), k: integers([2, 2]) }],
  },
  {
    title: "a spectrum of a length",
    text: "graph g(%x: f32[1,6,1], %n: i64[]) -> (%y) {\n  const %axis: i64[] = [1]\n  %y: f32[1,8,2] = DFT@20(%x, %n, %axis)\n}",
    agreeing: { x: filled("float32", [1, 6, 1], 2), n: i64(8) },
    differing: [{ x: filled("float32", [1, 6, 1], 2), n: i64(7) }],
  },
  {
    title: "half a spectrum along an axis",
    text: "graph g(%x: f32[6,6,1], %axis: i64[]) -> (%y) {\n  %y: f32[6,4,2] = DFT@20(%x, _, %axis) [onesided=1]\n}",
    agreeing: { x: filled("float32", [6, 6, 1], 2), axis: i64(-2) },
    differing: [{ x: filled("float32", [6, 6, 1], 2), axis: i64(0) }],
  },
  {
    title: "spectra of frames",
    text: "graph g(%x: f32[1,10,1], %step: i64[], %n: i64[]) -> (%y) {\n  %y: f32[1,3,3,2] = STFT@17(%x, %step, _, %n) [onesided=1]\n}",
    agreeing: { x: filled("float32", [1, 10, 1], 2), step: i64(3), n: i64(4) },
    differing: [
      [2, 4],
      [3, 6],
      [0, 4],
    ].map(([step = 0, n = 0]) => ({ x: filled("float32", [1, 10, 1], 2), step: i64(step), n: i64(n) })),
  },
  {
    title: "slices that a condition keeps",
    text: "graph g(%x: f32[3,2], %c: bool[3]) -> (%y) {\n  %k = Compress@11(%x, %c) [axis=0]\n  %y: f32[2,2] = Neg@13(%k)\n}",
    agreeing: { x: filled("float32", [3, 2], 2), c: fromNumbers("bool", [3], [1, 0, 1]) },
    differing: [
      [1, 1, 1],
      [0, 0, 1],
    ].map((c) => ({ x: filled("float32", [3, 2], 2), c: fromNumbers("bool", [3], c) })),
  },
  {
    title: "places of what is not zero",
    text: "graph g(%x: f32[2,3]) -> (%y) {\n  %n: i64[2,3] = NonZero@13(%x)\n  %y = Neg@13(%n)\n}",
    agreeing: { x: fromNumbers("float32", [2, 3], [0, 5, Number.NaN, -0, 0, -1]) },
    differing: [{ x: fromNumbers("float32", [2, 3], [0, 5, 1, 1, 0, -1]) }],
  },
  {
    title: "a window",
    text: "graph g(%n: i64[]) -> (%y) {\n  %y: f32[7] = HannWindow@17(%n)\n}",
    agreeing: { n: i64(7) },
    differing: [{ n: i64(8) }],
  },
];

/** The declared shape is the compiler's word for what the run must bring: it holds, or the run stops. */
describe("results of declared shapes", () => {
  for (const { title, text, agreeing, differing } of CASES) {
    test(title, () => {
      for (const optimize of [0, 1, 3] as const) {
        const { run, hostCalls } = compiled(text, optimize);
        expect(hostCalls).toEqual([]);
        for (const engine of ["fast", "exact"] as const) {
          expect(differences(text, agreeing, run(agreeing, engine))).toEqual([]);
          for (const inputs of differing) expect(() => run(inputs, engine)).toThrow(/^E0807: .* is outside 0 \.\. /);
        }
      }
    });
  }
});
