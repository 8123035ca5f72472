import type { SystolicBody } from "@rdu/flow";
import fc from "fast-check";
import { affine, counter, domain, program, type SectionCase, sectionBuilder } from "../section-builder.ts";
import { depth, inputOf, lanes, seed, valuesFor } from "./values.ts";
import { whole } from "./whole-tensor.ts";

/** A padded, strided convolution of x[c,h,w] by f[o,c,kh,kw]: rows of the array along the output columns, lanes along o. */
export const convolutionSection: fc.Arbitrary<SectionCase> = fc
  .record({
    channels: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 7 }),
    outputs: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 2 }),
    stride: fc.integer({ min: 1, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    rows: fc.integer({ min: 1, max: 6 }),
    lanes,
    depth,
    seed,
  })
  .filter(
    (p) =>
      p.height + 2 * p.padding > p.dilation * (p.kernel - 1) && p.width + 2 * p.padding > p.dilation * (p.kernel - 1),
  )
  .map((p) => {
    const build = sectionBuilder(p.depth);
    const outOf = (extent: number) =>
      Math.floor((extent + 2 * p.padding - p.dilation * (p.kernel - 1) - 1) / p.stride) + 1;
    const outHeight = outOf(p.height);
    const outWidth = outOf(p.width);
    const taps = p.kernel * p.kernel;
    const x = valuesFor("float32", p.channels * p.height * p.width, p.seed);
    const f = valuesFor("float32", p.outputs * p.channels * taps, p.seed + 1);
    build.input("x", "float32", x);
    build.input("f", "float32", f);
    const counters = [
      counter(outHeight),
      counter(outWidth, p.rows),
      counter(p.outputs, p.lanes),
      counter(p.channels),
      counter(p.kernel),
      counter(p.kernel),
    ];
    const chain = domain(counters, 1, 2);
    const line = affine([p.stride, 0, 0, 0, p.dilation, 0], 0, -p.padding);
    const place = affine([0, p.stride, 0, 0, 0, p.dilation], p.stride, -p.padding);
    const [column] = whole(build, "x", "float32", x.length, p.lanes, [
      program(
        domain(counters, 1, 1),
        affine(
          [p.stride * p.width, p.stride, 0, p.height * p.width, p.dilation * p.width, p.dilation],
          p.stride,
          -p.padding * (p.width + 1),
        ),
        {
          guards: [
            { form: line, bound: p.height },
            { form: place, bound: p.width },
          ],
        },
      ),
    ]);
    const [row] = whole(build, "f", "float32", f.length, p.lanes, [
      program(chain, affine([0, 0, p.channels * taps, taps, p.kernel, 1], p.channels * taps)),
    ]);
    const body: SystolicBody = {
      kind: "systolic",
      domain: chain,
      m: 1,
      rows: p.rows,
      accumulate: "f32",
      inputs: [inputOf("float32"), inputOf("float32")],
      epilogue: [],
      outputs: [{ register: 0, dtype: "float32" }],
    };
    const [result] = column === undefined || row === undefined ? [] : build.compute("conv", body, [column, row]);
    const expected: number[] = [];
    for (let o = 0; o < p.outputs; o += 1) {
      for (let oh = 0; oh < outHeight; oh += 1) {
        for (let ow = 0; ow < outWidth; ow += 1) {
          let sum = 0;
          for (let c = 0; c < p.channels; c += 1) {
            for (let i = 0; i < p.kernel; i += 1) {
              for (let j = 0; j < p.kernel; j += 1) {
                const h = oh * p.stride + i * p.dilation - p.padding;
                const w = ow * p.stride + j * p.dilation - p.padding;
                const inside = h >= 0 && h < p.height && w >= 0 && w < p.width;
                const value = inside ? Number(x[(c * p.height + h) * p.width + w]) : 0;
                sum = Math.fround(
                  sum + Math.fround(value * Number(f[((o * p.channels + c) * p.kernel + i) * p.kernel + j])),
                );
              }
            }
          }
          expected.push(sum);
        }
      }
    }
    build.output("y", "float32", expected.length, expected);
    const drain = domain([...counters.slice(0, 3), counter(p.rows, 1, 1)], 1, 2);
    if (result !== undefined) {
      build.store(
        "y.store",
        "y",
        program(drain, affine([outWidth, 1, outHeight * outWidth, 1], outHeight * outWidth)),
        result,
      );
    }
    return build.build(`convolution ${p.kernel}x${p.kernel} stride ${p.stride} pad ${p.padding}`);
  });
