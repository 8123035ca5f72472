import type { Loop } from "@rdu/ir";
import { rowMajorStrides } from "@rdu/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { composeCopy } from "./compose-copy.ts";
import type { IndexDraft, PatternDraft, ReadExpression } from "./draft.ts";
import { loopIndex } from "./index-draft.ts";
import { throughView } from "./through-view.ts";

/** Factors of one element count, grouped into two shapes in different ways. */
const shapes = fc
  .array(fc.constantFrom(1, 2, 3, 4), { minLength: 1, maxLength: 5 })
  .chain((factors) =>
    fc
      .tuple(
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      )
      .map(([a, b]) => [grouped(factors, a), grouped(factors, b)] as const),
  );

function grouped(factors: readonly number[], joins: readonly boolean[]): number[] {
  const shape: number[] = [];
  factors.forEach((factor, index) => {
    const last = shape.length - 1;
    if (index > 0 && joins[index]) shape[last] = (shape[last] ?? 1) * factor;
    else shape.push(factor);
  });
  return shape;
}

function indexValue(index: IndexDraft, at: ReadonlyMap<Loop, number>): number {
  return index.loops.reduce((sum, { loop, coefficient }) => sum + coefficient * (at.get(loop) ?? 0), index.constant);
}

/** Position of an index in a tensor; undefined outside of it. */
function position(shape: readonly number[], index: readonly number[]): number | undefined {
  const strides = rowMajorStrides(shape);
  if (index.some((value, axis) => value < 0 || value >= (shape[axis] ?? 1))) return undefined;
  return index.reduce((sum, value, axis) => sum + value * (strides[axis] ?? 1), 0);
}

function eachIteration(loops: readonly Loop[], visit: (at: ReadonlyMap<Loop, number>) => void): void {
  const walk = (depth: number, at: Map<Loop, number>): void => {
    const loop = loops[depth];
    if (loop === undefined) {
      visit(at);
      return;
    }
    for (let value = 0; value < loop.extent; value += 1) walk(depth + 1, at.set(loop, value));
  };
  walk(0, new Map());
}

test("a read through a view reads the same elements, or the view stays", () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: -1, max: 1 }), fc.boolean(), ([shape, source], shift, pads) => {
      const loops = shape.map((extent, axis): Loop => ({ name: `i${axis}`, extent, kind: "parallel" }));
      const offset = pads ? shift : 0;
      const index = loops.map((loop, axis) => ({ ...loopIndex(loop), constant: axis === 0 ? offset : 0 }));
      const read: ReadExpression = { kind: "read", value: "v", index, ...(pads ? { otherwise: 0 } : {}) };
      const through = throughView(read, shape, source);
      if (through === undefined) return;
      eachIteration(loops, (at) => {
        const direct = position(
          shape,
          index.map((form) => indexValue(form, at)),
        );
        const behind = position(
          source,
          through.map((form) => indexValue(form, at)),
        );
        expect(behind).toBe(direct);
      });
    }),
  );
});

test("a read of a padded or cut copy reads the same elements, or the copy stays", () => {
  const small = fc.integer({ min: -3, max: 3 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 8 }),
      small,
      small,
      fc.boolean(),
      (extent, length, shift, at, same) => {
        const inner: Loop = { name: "i", extent: length, kind: "parallel" };
        const leaves = shift < 0 || shift + length > extent;
        const copy: PatternDraft = {
          loops: [inner],
          results: [
            {
              expression: {
                kind: "read",
                value: "x",
                index: [{ ...loopIndex(inner), constant: shift }],
                ...(leaves ? { otherwise: 7 } : {}),
              },
              dtype: "float32",
              shape: [length],
              index: [loopIndex(inner)],
            },
          ],
        };
        const outer: Loop = { name: "o", extent: 9, kind: "parallel" };
        const fill = same ? 7 : 5;
        const read: ReadExpression = {
          kind: "read",
          value: "c",
          index: [{ ...loopIndex(outer), constant: at }],
          otherwise: fill,
        };
        const composed = composeCopy(read, copy, [length], [extent]);
        if (composed === undefined) return;
        const element = (
          shape: number,
          index: number,
          otherwise: number | bigint | undefined,
        ): number | bigint | undefined =>
          index >= 0 && index < shape ? index : otherwise === undefined ? undefined : Number(otherwise) + 100;
        for (let o = 0; o < outer.extent; o += 1) {
          const place = o + at;
          const expected =
            place >= 0 && place < length ? element(extent, place + shift, leaves ? 7 : undefined) : fill + 100;
          const index = composed.index.map((form) => indexValue(form, new Map([[outer, o]])));
          expect(element(extent, index[0] ?? 0, composed.otherwise)).toBe(expected);
        }
      },
    ),
  );
});
