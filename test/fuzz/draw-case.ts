import { RandomDraw } from "../support/random-draw.ts";
import { type FuzzCase, GraphDraft } from "./graph-draft.ts";
import { addNetworkNode } from "./network-steps.ts";
import { addRegistryNode } from "./registry-steps.ts";

const OPSETS = [9, 11, 13, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28];
/** Of ai.onnx.ml; the newest more often, as most of its forms are only in there. */
const TABLE_OPSETS = [1, 3, 4, 5, 5, 5];
/** Nodes to be drawn, small graphs more often: they cost less and show as much of one operator. Fitting operands adds some. */
const NODES = [1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12];

/** The random valid graph of a seed: half its nodes as networks have them, half from all of the operator registry. */
export function drawCase(seed: number): FuzzCase {
  const draw = new RandomDraw(seed);
  const draft = new GraphDraft(draw.pick(OPSETS), draw.pick(TABLE_OPSETS));
  const nodes = draw.pick(NODES);
  const network = draw.pick([0, 50, 100]);
  for (let tries = 0; draft.size < nodes && tries < 4 * nodes; tries += 1) {
    if (draw.nat(99) < network) addNetworkNode(draft, draw);
    else addRegistryNode(draft, draw);
  }
  return draft.finish(draft.drawable.filter(() => draw.nat(9) === 0));
}
