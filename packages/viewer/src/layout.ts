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
      after[from]?.push(target);
      before[target]?.push(from);
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
  return layerOf.map((layer, box) => ({ x: layer * LAYER_WIDTH, y: (rank[box] ?? 0) * ROW_HEIGHT }));
}

/** The longest way to each box, then each as far to the right as what it feeds allows: a weight stands beside the product that takes it. */
function layersOf(count: number, before: readonly number[][], after: readonly number[][]): number[] {
  const layer = new Array<number>(count).fill(0);
  const open = before.map((sources) => sources.length);
  const order = open.flatMap((sources, box) => (sources === 0 ? [box] : []));
  for (const box of order)
    for (const target of after[box] ?? []) {
      layer[target] = Math.max(layer[target] ?? 0, (layer[box] ?? 0) + 1);
      open[target] = (open[target] ?? 0) - 1;
      if (open[target] === 0) order.push(target);
    }
  for (const box of order.toReversed()) {
    const targets = after[box] ?? [];
    if (targets.length > 0) layer[box] = Math.min(...targets.map((target) => layer[target] ?? 0)) - 1;
  }
  return layer;
}

function sortByNeighbours(layer: number[], neighbours: readonly number[][], rank: readonly number[]): void {
  const wanted = new Map(
    layer.map((box, position) => {
      const near = neighbours[box] ?? [];
      const sum = near.reduce((total, other) => total + (rank[other] ?? 0), 0);
      return [box, near.length === 0 ? (rank[box] ?? position) : sum / near.length] as const;
    }),
  );
  layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a - b);
}
