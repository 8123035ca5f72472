import type { Budget } from "./budget.ts";
import type { Cluster, Link } from "./clusters.ts";
import { type Node, rhythmOf } from "./rhythm.ts";

/**
 * Shows that one tile passes through a cluster whose streams hold only so many vectors: null when it does, else who waits for what, or
 * "budget" when the pattern is too long to follow.
 *
 * Streams that form a tree cannot block each other, nor can units that all give a vector for each that they take. Only where ways part
 * and join again around a reduction are the vectors moved one by one.
 */
export function flowsWithinTile(cluster: Cluster, budget: Budget): string[] | "budget" | null {
  if (isTree(cluster)) return null;
  const actors = cluster.nodes.map(actorOf);
  if (actors.every(({ steady }) => steady)) return null;
  const byNode = new Map(actors.map((actor) => [actor.node, actor]));
  for (const link of cluster.links) {
    const fifo: Fifo = { link, held: 0 };
    const to = byNode.get(link.to);
    const isEpilogue = isEpilogueInput(link);
    (isEpilogue ? to?.epilogueInputs : to?.bodyInputs)?.push(fifo);
    byNode.get(link.from)?.outputs.push(fifo);
  }
  for (let moved = true; moved; ) {
    moved = false;
    for (const actor of actors) {
      while (advance(actor)) {
        moved = true;
        if (!budget.spend(1)) return "budget";
      }
    }
  }
  const stuck = actors.filter(({ round, rounds }) => round < rounds);
  return stuck.length === 0 ? null : stuck.map(waitText).slice(0, 6);
}

interface Fifo {
  readonly link: Link;
  held: number;
}

interface Actor {
  readonly node: Node;
  readonly rounds: number;
  readonly firings: number;
  emissions(round: number): number;
  readonly steady: boolean;
  readonly bodyInputs: Fifo[];
  readonly epilogueInputs: Fifo[];
  readonly outputs: Fifo[];
  round: number;
  firing: number;
  emission: number;
}

function actorOf(node: Node): Actor {
  const { rounds, firings, emissions } = rhythmOf(node);
  const compute = node.unit.kind === "compute";
  const steady = !compute || (firings === 1 && node.unit.kind === "compute" && node.unit.body.kind === "simd");
  return {
    node,
    rounds,
    firings,
    emissions,
    steady,
    bodyInputs: [],
    epilogueInputs: [],
    outputs: [],
    round: 0,
    firing: 0,
    emission: 0,
  };
}

/** Programs take their data and their indices when they fire, which is their emission. */
function isEpilogueInput({ to, port }: Link): boolean {
  if (to.unit.kind !== "compute") return true;
  const { body } = to.unit;
  return port.port >= (body.kind === "simd" ? body.bodyInputs : 2);
}

/** One firing or emission, when its vectors are there and there is room for what it gives. */
function advance(actor: Actor): boolean {
  if (actor.round >= actor.rounds) return false;
  if (actor.firing < actor.firings) {
    if (!actor.bodyInputs.every(({ held }) => held > 0)) return false;
    for (const fifo of actor.bodyInputs) fifo.held -= 1;
    actor.firing += 1;
    return true;
  }
  if (!actor.epilogueInputs.every(({ held }) => held > 0)) return false;
  if (!actor.outputs.every(({ held, link }) => held < link.stream.depth)) return false;
  for (const fifo of actor.epilogueInputs) fifo.held -= 1;
  for (const fifo of actor.outputs) fifo.held += 1;
  actor.emission += 1;
  if (actor.emission >= actor.emissions(actor.round)) {
    actor.round += 1;
    actor.firing = 0;
    actor.emission = 0;
  }
  return true;
}

function waitText({ node, firing, firings, bodyInputs, epilogueInputs, outputs }: Actor): string {
  const inputs = firing < firings ? bodyInputs : epilogueInputs;
  const empty = inputs.find(({ held }) => held === 0);
  if (empty !== undefined) return `${node.name} waits for stream ${empty.link.stream.name}`;
  const full = outputs.find(({ held, link }) => held >= link.stream.depth);
  return full === undefined
    ? `${node.name} does not end`
    : `${node.name} waits for room in stream ${full.link.stream.name}, which holds ${full.link.stream.depth}`;
}

/** Whether no two ways lead from one node to another. */
function isTree({ nodes, links }: Cluster): boolean {
  const parents = new Map<Node, Node>(nodes.map((node) => [node, node]));
  const find = (node: Node): Node => {
    let at = node;
    for (let up = parents.get(at); up !== undefined && up !== at; up = parents.get(at)) {
      const next = parents.get(up) ?? up;
      parents.set(at, next);
      at = next;
    }
    return at;
  };
  for (const { from, to } of links) {
    const a = find(from);
    const b = find(to);
    if (a === b) return false;
    parents.set(a, b);
  }
  return true;
}
