import { expect, test } from "vitest";
import type { Access, Dim, Kernel } from "./kernel.ts";
import { padded } from "./padded.ts";
import { regionOf } from "./region.ts";
import { simplifyKernel } from "./simplify-kernel.ts";
import { clipWrites } from "./split-writes.ts";

const memory = regionOf("x", "buffer", "float32", 1000);

function access(strides: readonly number[], guards: Access["guards"] = [], base = 0): Access {
  return { region: memory, storage: "float32", address: { base, strides }, guards, fill: 0 };
}

function copy(dims: readonly Dim[], from: Access, to: Access): Kernel {
  return {
    dims,
    reduceFrom: dims.length,
    scan: "none",
    crossLanes: 0,
    ordered: false,
    lane: dims.length - 1,
    body: [{ kind: "read", type: "f32", access: from }],
    reductions: [],
    epilogue: [],
    writes: [{ value: 0, targets: [to] }],
  };
}

test("rows of blocks of lanes that lie one behind the other become one loop", () => {
  const dims: Dim[] = [{ count: 4 }, { count: 3 }, { count: 16, within: { dim: 1, total: 40, step: 16 } }];
  const simple = simplifyKernel(copy(dims, access([40, 16, 1]), access([40, 16, 1], [], 5)));
  expect(simple.dims).toEqual([{ count: 160 }]);
  expect(simple.lane).toBe(0);
});

test("blocks that are not their lanes' steps apart stay, ragged", () => {
  const dims: Dim[] = [{ count: 3 }, { count: 16, within: { dim: 0, total: 40, step: 16 } }];
  const simple = simplifyKernel(copy(dims, access([16, 1]), access([100, 1])));
  expect(simple.dims).toEqual(dims);
});

test("loops are put in the order of the result, and guards that always hold go", () => {
  const guard = { form: { base: 2, strides: [0, 1] }, bound: 10 };
  const simple = simplifyKernel(copy([{ count: 5 }, { count: 8 }], access([1, 5], [guard]), access([1, 7])));
  expect(simple.dims).toEqual([{ count: 8 }, { count: 5 }]);
  expect(simple.writes[0]?.targets[0]?.address.strides).toEqual([7, 1]);
  expect(simple.body[0]).toMatchObject({ access: { address: { strides: [5, 1] }, guards: [] } });
});

test("a guard on a result becomes a shorter loop", () => {
  const guard = { form: { base: -6, strides: [2, 0] }, bound: 5 };
  const clipped = clipWrites(copy([{ count: 10 }, { count: 4 }], access([4, 1]), access([4, 1], [guard], -12)));
  expect(clipped?.dims).toEqual([{ count: 3 }, { count: 4 }]);
  expect(clipped?.writes[0]?.targets[0]).toMatchObject({ address: { base: 0 }, guards: [] });
  const never = { form: { base: 9, strides: [1, 0] }, bound: 5 };
  expect(clipWrites(copy([{ count: 10 }, { count: 4 }], access([4, 1]), access([4, 1], [never])))).toBeNull();
});

test("an image with a margin: each guarded axis gets the length that is read, channels stay outermost", () => {
  // x[c, h + kh - 1, w + kw - 1] of 2 x 5 x 5 for a 3 x 3 window.
  const dims: Dim[] = [5, 5, 2, 3, 3].map((count) => ({ count }));
  const image = access(
    [5, 1, 25, 5, 1],
    [
      { form: { base: -1, strides: [1, 0, 0, 1, 0] }, bound: 5 },
      { form: { base: -1, strides: [0, 1, 0, 0, 1] }, bound: 5 },
    ],
    -6,
  );
  const margin = padded(image, dims);
  expect(margin?.elements).toBe(2 * 7 * 7);
  expect(margin?.access(memory)).toMatchObject({ address: { base: 0, strides: [7, 1, 49, 7, 1] }, guards: [] });
  expect(margin?.copy(memory).dims).toEqual([{ count: 2 }, { count: 7 }, { count: 7 }]);
});
