import { RandomDraw } from "../support/random-draw.ts";
import { type FuzzCase, GraphDraft } from "./graph-draft.ts";
import { addNetworkNode } from "./network-steps.ts";
import { addRegistryNode } from "./registry-steps.ts";

const OPSETS = [13, 17, 18, 20, 21, 22, 23, 24, 25, 26];
const MOST_NODES = 12;

/** The random valid graph of a seed: half its nodes as networks have them, half from all of the operator registry. */
export function drawCase(seed: number): FuzzCase {
  const draw = new RandomDraw(seed);
  const draft = new GraphDraft(draw.pick(OPSETS));
  const nodes = draw.integer(1, MOST_NODES);
  const network = draw.pick([0, 50, 100]);
  for (let tries = 0; draft.size < nodes && tries < 4 * nodes; tries += 1) {
    if (draw.nat(99) < network) addNetworkNode(draft, draw);
    else addRegistryNode(draft, draw);
  }
  return draft.finish(draft.drawable.filter(() => draw.nat(9) === 0));
}
