import { compileFast } from "@rdu/simulator";
import type { DType } from "@rdu/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { affine, counter, domain, program, sectionBuilder, valuesOf } from "../support/section-builder.ts";
import { valuesFor } from "../support/sections/values.ts";
import { whole } from "../support/sections/whole-tensor.ts";

const extent = fc.integer({ min: 1, max: 40 });

/** A tensor of three axes, the order in which its transpose has them, and how far its lower edges are cut off or padded. */
const copies = fc.record({
  extents: fc.tuple(extent, extent, extent),
  order: fc.constantFrom<readonly number[]>([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]),
  shift: fc.tuple(fc.integer({ min: -3, max: 3 }), fc.constant(0), fc.integer({ min: -3, max: 3 })),
  dtype: fc.constantFrom<DType>("float32", "bfloat16", "float16", "int8", "uint16", "bool", "int64", "float64"),
  seed: fc.nat({ max: 1000 }),
});

/** Long enough for bands of 16, blocks of 4 and vectors, and for what is left over of each. */
test("the fast engine copies tensors of any order of axes, shifted and filled at the edges", () => {
  fc.assert(
    fc.property(copies, ({ extents, order, shift, dtype, seed }) => {
      const strides = [extents[1] * extents[2], extents[2], 1];
      const elements = extents[0] * extents[1] * extents[2];
      const x = valuesFor(dtype, elements, seed);
      const fill = typeof x[0] === "bigint" ? 1n : 1;
      const counters = order.map((axis, at) => counter(extents[axis] as number, at === 2 ? 16 : 1));
      const chain = domain(counters, 1, 2);
      const along = (numbers: readonly number[]) => {
        const moved = order.map((axis) => numbers[axis] as number);
        return affine(moved, moved[2] as number);
      };
      const base = shift.reduce((sum, by, axis) => sum + by * (strides[axis] as number), 0);
      const guards = [0, 1, 2].map((axis) => ({
        form: { ...along([0, 1, 2].map((other) => (other === axis ? 1 : 0))), base: shift[axis] as number },
        bound: extents[axis] as number,
      }));
      const build = sectionBuilder(4);
      build.input("x", dtype, x);
      const [result] = whole(build, "x", dtype, elements, 16, [
        program(chain, { ...along(strides), base }, { guards, fill }),
      ]);
      const [, middle, inner] = counters.map((each) => each.extent) as [number, number, number];
      build.output("y", dtype, elements, []);
      if (result !== undefined)
        build.store("y.store", "y", program(chain, affine([middle * inner, inner, 1], 1)), result);
      const subject = build.build("copy");
      const memory = subject.memory();
      compileFast(subject.section, subject.symbols).run(memory);

      const expected = Array.from({ length: elements }, (_, index) => {
        const turned = [Math.floor(index / (middle * inner)), Math.floor(index / inner) % middle, index % inner];
        const place = [0, 1, 2].map((axis) => (turned[order.indexOf(axis)] as number) + (shift[axis] as number));
        const inside = place.every((at, axis) => at >= 0 && at < (extents[axis] as number));
        return inside ? x[place.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)] : fill;
      });
      expect(valuesOf(subject, memory, "y")).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});
