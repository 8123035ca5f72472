import type { LaneValue } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import type { MemoryUnit } from "@rdu/flow";
import { addressesOf } from "./address.ts";
import { type Ports, type Progress, programName, readable, writable } from "./network.ts";
import type { Process } from "./process.ts";
import { walk } from "./walk.ts";

/** The circular store of a memory unit: beside each value, which logical address it belongs to. */
interface Scratchpad {
  read(address: number): LaneValue;
  write(address: number, value: LaneValue): void;
}

/** The processes of a memory unit: one for each write program, then one for each read program. They share the scratchpad. */
export function memoryProcesses(unit: MemoryUnit, ports: Ports, progress: Progress): Process[] {
  const pad = scratchpad(unit);
  return [
    ...unit.writes.map((_, port) => ({
      name: programName(unit.name, "write", port),
      life: write(unit, port, pad, ports, progress),
    })),
    ...unit.reads.map((_, port) => ({
      name: programName(unit.name, "read", port),
      life: read(unit, port, pad, ports, progress),
    })),
  ];
}

function* write(unit: MemoryUnit, port: number, pad: Scratchpad, ports: Ports, progress: Progress): Process["life"] {
  const program = unit.writes[port]!;
  const owner = programName(unit.name, "write", port);
  for (const firing of walk(program.domain)) {
    if (firing.startsFrom <= program.domain.tileDepth) yield* writable(unit, port, firing.tile, progress);
    const vector = yield* ports.take(port, firing.lanes);
    const indexPort = unit.reads.length + port;
    const addresses = yield* addressesOf(program, firing, unit.elements, ports, indexPort, owner);
    for (const [lane, address] of addresses.entries()) {
      if (address !== null) pad.write(address, vector[lane]!);
    }
    if (firing.endsFrom <= program.domain.tileDepth) progress.writes[port]! += 1;
  }
}

function* read(unit: MemoryUnit, port: number, pad: Scratchpad, ports: Ports, progress: Progress): Process["life"] {
  const program = unit.reads[port]!;
  const owner = programName(unit.name, "read", port);
  for (const firing of walk(program.domain)) {
    if (firing.startsFrom <= program.domain.tileDepth) {
      yield* ports.granted([port], firing.tile);
      yield* readable(unit, port, firing.tile, progress);
    }
    const addresses = yield* addressesOf(program, firing, unit.elements, ports, port, owner);
    yield* ports.put(
      port,
      addresses.map((address) => (address === null ? program.fill : pad.read(address))),
    );
    if (firing.endsFrom <= program.domain.tileDepth) progress.reads[port]! += 1;
  }
}

function scratchpad({ name, capacity, initial }: MemoryUnit): Scratchpad {
  const values = new Map<number, { readonly address: number; readonly value: LaneValue }>();
  return {
    write(address, value) {
      values.set(address % capacity, { address, value });
    },
    read(address) {
      const held = values.get(address % capacity);
      if (held === undefined) return initial ?? reject("E0806", `element ${address} of "${name}"`);
      if (held.address !== address) {
        reject("E0806", `element ${address} of "${name}": its place holds element ${held.address}`);
      }
      return held.value;
    },
  };
}
