import { isTensor, numberAt, type Tensor, type Value } from "@rdu/sdk";

const SHOWN = 6;

/** A value in one line: its type and shape, and the first few elements as numbers, whatever bits hold them. */
export function valueText(value: Value): string {
  if (!isTensor(value)) {
    if ("sequence" in value) return `a sequence of ${value.sequence.length}${itemsText(value.sequence)}`;
    if ("map" in value) return mapText(value.keys, value.map);
    return value.optional === null ? "an optional of nothing" : `an optional of ${valueText(value.optional)}`;
  }
  const { dtype, shape, data } = value;
  const shown = Array.from({ length: Math.min(SHOWN, data.length) }, (_, index) => elementText(value, index));
  const more = data.length > SHOWN ? ", ..." : "";
  return `${dtype}[${shape.join(",")}] ${shown.join(", ")}${more}`.trimEnd();
}

/** The first few items after a colon. */
function itemsText(items: readonly Value[]): string {
  if (items.length === 0) return "";
  return `: ${items.slice(0, SHOWN).map(valueText).join("; ")}${items.length > SHOWN ? "; ..." : ""}`;
}

/** `{0: 0.25, 1: 0.75}`. */
function mapText(keys: Tensor, map: readonly Value[]): string {
  const shown = map.slice(0, SHOWN).map((value, index) => {
    const single = isTensor(value) && value.data.length === 1;
    return `${elementText(keys, index)}: ${single ? elementText(value, 0) : valueText(value)}`;
  });
  return `{${shown.join(", ")}${map.length > SHOWN ? ", ..." : ""}}`;
}

function elementText(tensor: Tensor, index: number): string {
  const element = tensor.data[index];
  return typeof element === "number" ? String(Number(numberAt(tensor, index).toPrecision(6))) : String(element);
}
