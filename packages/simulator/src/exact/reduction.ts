import {
  COMBINERS,
  combinerOf,
  identityIndex,
  identityOf,
  type LaneType,
  type LaneValue,
  replacesArg,
} from "@rdu/arithmetic";
import type { UnitReduction } from "@rdu/flow";

/** The accumulators of one reduction, one per lane. */
export interface Accumulators {
  /** Back to the identity, in every lane. */
  reset(): void;
  /** Folds the registers of one lane of the body in. */
  fold(lane: number, registers: readonly LaneValue[]): void;
  /** The cross-lane tree: for step = lanes/2, ..., 2, 1 lane l takes in lane l + step. Leaves the result in lane 0. */
  combineLanes(): void;
  result(lane: number): LaneValue;
}

/** The lane type of what a reduction gives. */
export function reductionType({ gives, type, index }: UnitReduction, types: readonly LaneType[]): LaneType {
  return gives === "value" ? type : (types[index ?? -1] ?? "i32");
}

export function accumulators(reduction: UnitReduction, lanes: number, types: readonly LaneType[]): Accumulators {
  const { combiner, type, register, index, gives } = reduction;
  const values: LaneValue[] = [];
  const indices: LaneValue[] = [];
  const indexType = types[index ?? -1] ?? "i32";

  const include = (lane: number, value: LaneValue, position: LaneValue): void => {
    if (COMBINERS[combiner].arg) {
      if (!replacesArg(combiner, values[lane]!, indices[lane]!, value, position)) return;
      values[lane] = value;
      indices[lane] = position;
    } else {
      values[lane] = combine(values[lane]!, value);
    }
  };
  const combine = plainCombiner(reduction);

  return {
    reset() {
      values.length = 0;
      indices.length = 0;
      for (let lane = 0; lane < lanes; lane += 1) {
        values.push(identityOf(combiner, type));
        indices.push(identityIndex(combiner, indexType));
      }
    },
    fold(lane, registers) {
      include(lane, registers[register]!, index === undefined ? 0 : registers[index]!);
    },
    combineLanes() {
      for (let step = lanes / 2; step >= 1; step /= 2) {
        for (let lane = 0; lane < step; lane += 1) include(lane, values[lane + step]!, indices[lane + step]!);
      }
    },
    result: (lane) => (gives === "index" ? indices : values)[lane]!,
  };
}

/** How values alone are combined; the arg kinds, which fold pairs instead, have none. */
function plainCombiner({ combiner, type }: UnitReduction): (accumulator: LaneValue, element: LaneValue) => LaneValue {
  switch (combiner) {
    case "argmax-first":
    case "argmax-last":
    case "argmin-first":
    case "argmin-last":
      return (accumulator) => accumulator;
    default:
      return combinerOf(combiner, type);
  }
}
