/** A grid coordinate: tile of the chip, row and column inside it. */
export interface Site {
  readonly tile: number;
  readonly row: number;
  readonly column: number;
}

/** Where the units of one section sit and how its streams travel. Beside the section, never inside it. */
export interface SectionPlacement {
  readonly section: string;
  /** Unit name to its sites, in order: compute 1; memory `span`; load and store: one AGCU site (several streams share an AGCU up to its limit). */
  readonly sites: ReadonlyMap<string, readonly Site[]>;
  /** Stream name to its route: a tree of switch-to-switch hops. */
  readonly routes: ReadonlyMap<string, Route>;
}

/** A multicast tree: each hop is a directed link between neighbouring switches; every destination's switch is reached from the source's. */
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
