import type { TensorType, ValueId } from "@rdu/ir";
import type { Expansion } from "./inline-subgraph.ts";

/**
 * The value, where the run finds 1 in the list `one` of one integer. Otherwise the expansion asks for another shape than is declared for it, and
 * stops the run.
 */
export function givenWhereOne(
  value: ValueId,
  one: ValueId,
  type: TensorType,
  name: ValueId,
  expansion: Expansion,
): ValueId {
  const shape = (type.shape ?? []).map(Number);
  const axis = expansion.integers(`${name}.front`, [0]);
  const apart = expansion.operator("Unsqueeze", [value, axis], expansion.fresh(`${name}.apart`));
  const whole = expansion.operator(
    "Concat",
    [one, expansion.integers(`${name}.extents`, shape)],
    expansion.fresh(`${name}.whole`),
    { axis: { kind: "int", value: 0n } },
  );
  const checked = expansion.operator("Expand", [apart, whole], expansion.fresh(`${name}.checked`));
  expansion.declare(checked, { ...type, shape: [1, ...shape] });
  return expansion.operator("Squeeze", [checked, axis], expansion.fresh(`${name}.given`));
}
