import type { Site } from "@rdu/chip";

/** Where the units of one section sit and how its streams travel. Beside the section, never inside it. */
export interface SectionPlacement {
  readonly section: string;
  /** Unit name to its sites, in order: compute 1; memory `span`; load and store: one AGCU site (several streams share an AGCU up to its limit). */
  readonly sites: ReadonlyMap<string, readonly Site[]>;
  /** Stream name to its route. A stream between units on one switch has no hops. */
  readonly routes: ReadonlyMap<string, Route>;
}

/**
 * Directed hops between neighbouring switches, without circles: from every site of the source, each site of every destination is reached.
 * With one source site it is a multicast tree; the sites of a memory unit that spans several flow together before they fan out.
 */
export interface Route {
  readonly hops: readonly Hop[];
}
export interface Hop {
  readonly from: Site;
  readonly to: Site;
}

/** The whole placed program: flow with symbols addressed, plus one placement per section. */
export interface Placement {
  readonly chip: string;
  readonly seed: number;
  readonly sections: readonly SectionPlacement[];
}
