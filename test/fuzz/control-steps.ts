import type { Attribute, ValueId } from "@rdu/ir";
import { type DType, fromNumbers, type Tensor } from "@rdu/tensor";
import { filled, int, ints, scalar } from "../operators/sample.ts";
import type { RandomDraw } from "../support/random-draw.ts";
import type { Candidate, GraphDraft } from "./graph-draft.ts";

/** Operators of a subgraph that neither grow what goes through them often nor make small differences large. */
const UNARY = ["Relu", "Neg", "Abs", "Tanh", "Sigmoid", "Identity"];
const BINARY = ["Add", "Sub", "Mul", "Max", "Min"];
const BODY_TYPES: readonly DType[] = ["float32", "float16", "bfloat16", "float64", "int32", "int64"];

const flag = (value: number): Tensor => fromNumbers("bool", [], [value]);

/** If, Loop or Scan on a value of the graph; undefined for one of no type that the subgraphs compute with. */
export function control(draft: GraphDraft, draw: RandomDraw, x: ValueId): Candidate | undefined {
  const { dtype } = draft.tensor(x);
  if (!BODY_TYPES.includes(dtype)) return undefined;
  return draw.pick([branch, loop, scan])(draft, draw, x);
}

function branch(draft: GraphDraft, draw: RandomDraw, x: ValueId): Candidate {
  const flags = draft.drawable.filter((id) => draft.tensor(id).dtype === "bool" && draft.tensor(id).data.length === 1);
  const condition = flags.length > 0 && draw.flip() ? draw.pick(flags) : draft.leaf(flag(draw.nat(1)), draw.flip());
  const side = (): Attribute => {
    const body = draft.inner();
    body.outer(x, draft.tensor(x));
    return { kind: "graph", value: body.asBody([], [grown(body, draw, x, draw.integer(1, 3))]) };
  };
  return { op: "If", inputs: [condition], attributes: { then_branch: side(), else_branch: side() } };
}

/** Carries the value around, at times collecting what comes of it or ending early. */
function loop(draft: GraphDraft, draw: RandomDraw, x: ValueId): Candidate {
  const body = draft.inner();
  const round = body.leaf(scalar("int64", 1), false);
  const going = body.leaf(flag(1), false);
  const carried = body.leaf(draft.tensor(x), false);
  const result = grown(body, draw, carried, draw.integer(1, 3));
  const limit = body.leaf(scalar("int64", draw.nat(3)), true);
  const again = draw.nat(3) === 0 ? { op: "Less", inputs: [round, limit] } : { op: "Identity", inputs: [going] };
  const [condition] = body.add(again) ?? [];
  const collected = draw.nat(2) === 0 ? [grown(body, draw, result, 1)] : [];
  const value = body.asBody([round, going, carried], [condition ?? going, result, ...collected]);
  const count = draft.leaf(scalar("int64", draw.nat(4)), draw.nat(3) > 0);
  const start = draw.pick([null, draft.leaf(flag(1), true), draft.leaf(flag(draw.nat(1)), false)]);
  return {
    op: "Loop",
    inputs: [count, start, x],
    attributes: { body: { kind: "graph", value } },
    outputs: 1 + collected.length,
  };
}

/** Along an axis of the value, with a state in most cases. */
function scan(draft: GraphDraft, draw: RandomDraw, x: ValueId): Candidate | undefined {
  const { dtype, shape } = draft.tensor(x);
  const axis = draw.nat(Math.max(shape.length - 1, 0));
  const steps = shape[axis];
  if (steps === undefined || steps === 0 || steps > 20) return undefined;
  const part = filled(dtype, shape.toSpliced(axis, 1), draw.bits(), "unit");
  const body = draft.inner();
  const states = draw.nat(3) > 0 ? [body.leaf(part, false)] : [];
  const slice = body.leaf(part, false);
  const made = grown(body, draw, slice, draw.integer(1, 2));
  const next = states.map((state) => body.add({ op: "Add", inputs: [state, made] })?.[0] ?? made);
  const out = grown(body, draw, next[0] ?? made, 1);
  const value = body.asBody([...states, slice], [...next, out]);
  return {
    op: "Scan",
    inputs: [...states.map(() => draft.leaf(part, draw.flip())), x],
    attributes: {
      body: { kind: "graph", value },
      num_scan_inputs: int(1),
      scan_input_axes: ints([draw.flip() ? axis : axis - shape.length]),
      scan_input_directions: ints([draw.nat(1)]),
      scan_output_directions: ints([draw.nat(1)]),
    },
    outputs: 1 + states.length,
  };
}

/** What some operators that keep type and shape make of a value. */
function grown(body: GraphDraft, draw: RandomDraw, from: ValueId, count: number): ValueId {
  let newest = from;
  for (let made = 0; made < count; made += 1) {
    const { dtype, shape } = body.tensor(newest);
    const weight = (): ValueId => body.leaf(filled(dtype, draw.flip() ? shape : [], draw.bits(), "unit"), true);
    const candidate = draw.flip()
      ? { op: draw.pick(UNARY), inputs: [newest] }
      : { op: draw.pick(BINARY), inputs: [newest, draw.nat(2) === 0 ? from : weight()] };
    newest = body.add(candidate)?.[0] ?? newest;
  }
  // A subgraph's output is made by one of its nodes.
  return newest === from ? (body.add({ op: "Identity", inputs: [from] })?.[0] ?? from) : newest;
}
