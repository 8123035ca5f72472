import type { ValueId } from "@rdu/ir";
import { DTYPES, elementCount, isFloat, isInteger, sameShape, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { ELEMENTWISE_SAMPLES } from "../operators/elementwise-samples.ts";
import { int, integers, type Sample } from "../operators/sample.ts";
import { STRUCTURED_SAMPLES } from "../operators/structured-samples.ts";
import type { RandomDraw } from "../support/random-draw.ts";
import { FURTHER_SAMPLES } from "./further-samples.ts";
import type { GraphDraft } from "./graph-draft.ts";
import { varied } from "./vary-sample.ts";

const SAMPLES: readonly fc.Arbitrary<Sample>[] = [
  ...Object.values(ELEMENTWISE_SAMPLES),
  ...Object.values(STRUCTURED_SAMPLES),
];

/**
 * Adds a random node of any operator of the registry: a sample of it, whose operands are values of the graph where one can be made to
 * fit (by casts, slices, tiles and reshapes in between), and leaves where none can.
 */
export function addRegistryNode(draft: GraphDraft, draw: RandomDraw): void {
  const drawn = drawSample(draw);
  const sample = varied(drawn, draft.opsetFor(drawn.op), draw);
  const { op, attributes = {}, outputs: most = 1, constants = [] } = sample;
  // Results that an operator computes and nobody takes are left out at times.
  const outputs = draw.nat(3) === 0 ? draw.integer(1, most) : most;
  const leaves = sample.inputs.map((tensor, index) =>
    tensor === null ? null : draft.leaf(tensor, constants.includes(index) || draw.nat(4) === 0),
  );
  const inputs = leaves.map((leaf, index) => {
    if (leaf === null || constants.includes(index)) return leaf;
    const wanted = draft.tensor(leaf);
    // Integers beyond the first operand are mostly indices, divisors and shifts, where not everything goes.
    if (!isFloat(wanted.dtype) && index > 0) return leaf;
    return fitted(draft, draw, wanted) ?? leaf;
  });
  draft.add({ op, inputs, attributes, outputs }) ?? draft.add({ op, inputs: leaves, attributes, outputs });
}

function drawSample(draw: RandomDraw): Sample {
  const place = draw.nat(SAMPLES.length + FURTHER_SAMPLES.length - 1);
  const further = FURTHER_SAMPLES[place - SAMPLES.length];
  if (further !== undefined) return further(draw);
  const [sample] = fc.sample(SAMPLES[place]!, { numRuns: 1, seed: draw.bits() | 0 });
  if (sample === undefined) throw new Error("fast-check draws a sample");
  return sample;
}

/** A value of the graph brought to the type and shape of another. */
function fitted(draft: GraphDraft, draw: RandomDraw, { dtype, shape }: Tensor): ValueId | undefined {
  const same = draft.drawable.filter((id) => {
    const value = draft.tensor(id);
    return value.dtype === dtype && sameShape(value.shape, shape);
  });
  if (same.length > 0 && draw.nat(3) > 0) return draw.pick(same);
  const near = draft.drawable.filter((id) => isNumeric(draft.tensor(id)) && draft.tensor(id).data.length > 0);
  if (near.length === 0 || draw.nat(3) === 0) return undefined;
  let id: ValueId | undefined = draw.pick(near);
  if (draft.tensor(id).dtype !== dtype) id = one(draft, "Cast", [id], { to: int(DTYPES[dtype].onnx) });
  return id === undefined ? undefined : reshaped(draft, draw, id, shape);
}

function isNumeric({ dtype }: Tensor): boolean {
  return dtype === "bool" || isInteger(dtype) || isFloat(dtype);
}

/** The elements of a value under another shape: the first ones where they are too many, over again where they are too few. */
function reshaped(draft: GraphDraft, draw: RandomDraw, from: ValueId, shape: readonly number[]): ValueId | undefined {
  const wanted = elementCount(shape);
  const count = draft.tensor(from).data.length;
  const known = (values: readonly number[]): ValueId => draft.leaf(integers(values), true);
  let id: ValueId | undefined = from;
  if (count !== wanted) {
    id = one(draft, "Reshape", [id, known([-1])]);
    const times = Math.ceil(wanted / count);
    if (id !== undefined && times > 1) id = one(draft, "Tile", [id, known([times])]);
    const start = times * count > wanted ? draw.nat(times * count - wanted) : 0;
    if (id !== undefined && times * count > wanted) {
      id = one(draft, "Slice", [id, known([start]), known([start + wanted])]);
    }
  }
  if (id === undefined || sameShape(draft.tensor(id).shape, shape)) return id;
  // Zero in a shape would mean "as it was".
  return shape.includes(0) ? undefined : one(draft, "Reshape", [id, known(shape)]);
}

function one(
  draft: GraphDraft,
  op: string,
  inputs: readonly ValueId[],
  attributes: Sample["attributes"] = {},
): ValueId | undefined {
  return draft.add({ op, inputs, attributes })?.[0];
}
