import { type Combiner, combinerOf, identityOf, type LaneType, type LaneValue, replacesArg } from "@rdu/arithmetic";

export const range = (count: number): number[] => [...Array(count).keys()];

/** The elements of each lane, in order of arrival. */
export function acrossLanes(width: number, rows: readonly (readonly (readonly [LaneValue, number])[])[]) {
  return range(width).map((lane) => rows.flatMap((row) => row.filter((_, position) => position % width === lane)));
}

/** Folds lanes of (value, index) in order, then the lanes by the tree. */
export function folder(combiner: Combiner, type: LaneType, isArg: boolean, gives: "value" | "index") {
  type Pair = readonly [LaneValue, LaneValue];
  const last = combiner.endsWith("last");
  const identity: Pair = [identityOf(combiner, type), last ? -2147483648 : 2147483647];
  const combine = (one: Pair, other: Pair): Pair => {
    if (isArg) return replacesArg(combiner, ...one, ...other) ? other : one;
    return [combinerOf(combiner as "sum", type)(one[0], other[0]), 0];
  };
  return (rows: readonly (readonly Pair[])[]): LaneValue => {
    let totals = rows.map((row) => row.reduce<Pair>(combine, identity));
    while (totals.length > 1) {
      const half = totals.length / 2;
      totals = totals.slice(0, half).map((total, lane) => combine(total, totals[lane + half] ?? identity));
    }
    return (totals[0] ?? identity)[gives === "index" ? 1 : 0];
  };
}
