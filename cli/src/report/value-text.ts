import { isTensor, numberAt, type Tensor, type Value } from "@rdu/sdk";

const SHOWN = 6;

/** A value in one line: its type and shape, and the first few elements as numbers, whatever bits hold them. */
export function valueText(value: Value): string {
  if (!isTensor(value)) return "sequence" in value ? `a sequence of ${value.sequence.length}` : "an optional";
  const { dtype, shape, data } = value;
  const shown = Array.from({ length: Math.min(SHOWN, data.length) }, (_, index) => elementText(value, index));
  const more = data.length > SHOWN ? ", ..." : "";
  return `${dtype}[${shape.join(",")}] ${shown.join(", ")}${more}`.trimEnd();
}

function elementText(tensor: Tensor, index: number): string {
  const element = tensor.data[index];
  return typeof element === "number" ? String(Number(numberAt(tensor, index).toPrecision(6))) : String(element);
}
