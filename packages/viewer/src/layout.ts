import { elementAt } from "@rdu/diagnostics";

/** Where the boxes of a network stand: layers from left to right, by the longest way from a box that nothing feeds. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Link {
  readonly from: number;
  readonly to: readonly number[];
}

/** Distances between the centres of neighbours, in the units of the drawing. */
export const LAYER_WIDTH = 230;
export const ROW_HEIGHT = 64;

/** Times that each layer is put in the order of its neighbours'; more hardly changes anything. */
const SWEEPS = 4;

/**
 * Layered drawing of an acyclic network. Boxes keep their order where nothing speaks against it, so the same network is always drawn the
 * same way. Linear in boxes and edges but for the sorting of layers.
 */
export function layered(count: number, links: readonly Link[]): readonly Place[] {
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of links)
    for (const target of to) {
      elementAt(after, from).push(target);
      elementAt(before, target).push(from);
    }
  const layerOf = layersOf(count, before, after);
  const layers: number[][] = [];
  for (const [box, layer] of layerOf.entries()) {
    const members = layers[layer] ?? [];
    members.push(box);
    layers[layer] = members;
  }
  const rank = new Array<number>(count).fill(0);
  const number = (layer: readonly number[]): void => {
    for (const [position, box] of layer.entries()) rank[box] = position - (layer.length - 1) / 2;
  };
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    for (const layer of forward ? layers : layers.toReversed()) {
      sortByNeighbours(layer, forward ? before : after, rank);
      number(layer);
    }
  }
  return layerOf.map((layer, box) => ({ x: layer * LAYER_WIDTH, y: elementAt(rank, box) * ROW_HEIGHT }));
}

/** The longest way to each box, then each as far to the right as what it feeds allows: a weight stands beside the product that takes it. */
function layersOf(count: number, before: readonly number[][], after: readonly number[][]): number[] {
  const layer = new Array<number>(count).fill(0);
  const open = before.map((sources) => sources.length);
  const order = open.flatMap((sources, box) => (sources === 0 ? [box] : []));
  for (const box of order)
    for (const target of elementAt(after, box)) {
      layer[target] = Math.max(elementAt(layer, target), elementAt(layer, box) + 1);
      open[target] = elementAt(open, target) - 1;
      if (open[target] === 0) order.push(target);
    }
  for (const box of order.toReversed()) {
    const targets = elementAt(after, box);
    if (targets.length > 0) layer[box] = Math.min(...targets.map((target) => elementAt(layer, target))) - 1;
  }
  return layer;
}

function sortByNeighbours(layer: number[], neighbours: readonly number[][], rank: readonly number[]): void {
  const wanted = layer.map((box) => {
    const near = elementAt(neighbours, box);
    const sum = near.reduce((total, other) => total + elementAt(rank, other), 0);
    return { box, place: near.length === 0 ? elementAt(rank, box) : sum / near.length };
  });
  wanted.sort((a, b) => a.place - b.place || a.box - b.box);
  for (const [position, { box }] of wanted.entries()) layer[position] = box;
}
