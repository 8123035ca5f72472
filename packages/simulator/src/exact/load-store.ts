import type { LoadUnit, StoreUnit } from "@rdu/flow";
import type { Elements } from "../memory.ts";
import { addressesOf } from "./address.ts";
import type { Ports } from "./network.ts";
import type { Process } from "./process.ts";
import { walk } from "./walk.ts";

/** Reads the tensor, one vector a firing; starts a tile when the memories behind it may take it. */
export function* load(unit: LoadUnit, tensor: Elements, ports: Ports): Process["life"] {
  const { domain, fill } = unit.program;
  for (const firing of walk(domain)) {
    if (firing.startsFrom <= domain.tileDepth) yield* ports.granted([0], firing.tile);
    const addresses = yield* addressesOf(unit.program, firing, tensor.length, ports, 0, unit.name);
    yield* ports.put(
      0,
      addresses.map((address) => (address === null ? fill : tensor.get(address))),
    );
  }
}

/** Writes the tensor, one vector a firing. */
export function* store(unit: StoreUnit, tensor: Elements, ports: Ports): Process["life"] {
  for (const firing of walk(unit.program.domain)) {
    const vector = yield* ports.take(0, firing.lanes);
    const addresses = yield* addressesOf(unit.program, firing, tensor.length, ports, 0, unit.name);
    for (const [lane, address] of addresses.entries()) {
      if (address !== null) tensor.set(address, vector[lane]!);
    }
  }
}
