import type { Flow } from "./flow.ts";
import type { Placement } from "./placement.ts";

/** A flow as plain JSON values: bigint as decimal text, inline weights as their byte length. */
export function flowToJson(flow: Flow): unknown {
  return plain(flow);
}

/** A placement as plain JSON values: sites and routes as objects by name. */
export function placementToJson(placement: Placement): unknown {
  return plain(placement);
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return { bytes: value.length };
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
