import { InvariantError } from "./invariant.ts";

/** The element at an index that must exist: an index out of bounds is our mistake, never a number. */
export function elementAt<Element>(list: ArrayLike<Element>, index: number): Element {
  const element = list[index];
  if (element === undefined) throw new InvariantError(`index ${index} is out of the ${list.length} there are`);
  return element;
}
