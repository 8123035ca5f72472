export { assignAddresses } from "./assign-addresses.ts";
export { overBudget } from "./budget.ts";
export { type PlacedFlow, type PlaceOptions, place } from "./place.ts";
