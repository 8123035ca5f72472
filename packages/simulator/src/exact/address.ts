import { reject } from "@rdu/diagnostics";
import { type AddressProgram, type Affine, evaluateAffine } from "@rdu/flow";
import type { Vector } from "./channel.ts";
import type { Ports } from "./network.ts";
import type { Wait } from "./process.ts";
import type { Firing } from "./walk.ts";

/** The element that each lane of a firing accesses; null where a guard or a clipped index excludes it. */
export type Addresses = readonly (number | null)[];

/**
 * Computes the addresses of one firing; takes the vector of indices first when the program imports one. Rejects with E0807 an address
 * outside 0 .. elements, or an index outside its bound that is not clipped. Guarded-out lanes are not checked.
 *
 * @param owner names the unit in errors.
 */
export function* addressesOf(
  program: AddressProgram,
  firing: Firing,
  elements: number,
  ports: Ports,
  indexPort: number,
  owner: string,
): Generator<Wait, Addresses> {
  const { index } = program;
  const indices: Vector =
    index === undefined ? [] : yield* ports.takeIndex(indexPort, index.perLane ? firing.lanes : 1);
  const at = (form: Affine, lane: number): number => evaluateAffine(form, firing.values, lane);
  const addresses: (number | null)[] = [];
  for (let lane = 0; lane < firing.lanes; lane += 1) {
    addresses.push(addressOf(lane));
  }
  return addresses;

  function addressOf(lane: number): number | null {
    for (const { form, bound } of program.guards) {
      const value = at(form, lane);
      if (value < 0 || value >= bound) return null;
    }
    let address = at(program.address, lane);
    if (index !== undefined) {
      const value = Number(indices[index.perLane ? lane : 0]);
      if (value < 0 || value >= index.bound) {
        if (index.clip) return null;
        reject("E0807", `index ${value} is outside 0 .. ${index.bound - 1} in ${owner}`);
      }
      address += index.stride * value;
    }
    if (address < 0 || address >= elements) {
      reject("E0807", `address ${address} is outside 0 .. ${elements - 1} in ${owner}`);
    }
    return address;
  }
}
