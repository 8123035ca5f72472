import { locating, reject } from "@rdu/diagnostics";
import type { ComputeUnit, Section, TensorSymbol } from "@rdu/flow";
import { type DeviceMemory, type Elements, elementsOfSymbol } from "../memory.ts";
import { load, store } from "./load-store.ts";
import { memoryProcesses } from "./memory-unit.ts";
import { type Network, network, type Ports } from "./network.ts";
import type { Process } from "./process.ts";
import { runAll } from "./schedule.ts";
import { simd } from "./simd.ts";
import { systolic } from "./systolic.ts";

/**
 * Runs one section as the flow and docs/arithmetic.md define it: every unit a process, every stream a bounded FIFO, every vector moves.
 * Stores write into `memory`. Slow; the definition of what a section means.
 *
 * Rejects with E0705 (not a program), E0805 (deadlock), E0806 (read of unwritten memory), E0807 (address or index out of range), E0812
 * (units disagree about a stream).
 */
export function exact(section: Section, symbols: ReadonlyMap<string, TensorSymbol>, memory: DeviceMemory): void {
  locating([section.name], () => {
    const net = network(section);
    const tensor = (name: string): Elements => elementsOfSymbol(name, symbols, memory);
    for (const unit of section.units) {
      if (unit.kind === "store" && unit.initial !== undefined) fill(tensor(unit.symbol), unit.initial);
    }
    runAll(section.units.flatMap((unit) => processesOf(unit, net, tensor)));
    for (const { fifos, stream } of net.channels) {
      for (const { vectors, consumer } of fifos) {
        if (vectors.length > 0) {
          reject("E0812", `${consumer} ended with ${vectors.length} vectors left in stream "${stream.name}"`);
        }
      }
    }
  });
}

function processesOf(unit: Section["units"][number], net: Network, tensor: (name: string) => Elements): Process[] {
  const ports = net.portsOf(unit.name);
  switch (unit.kind) {
    case "load":
      return [{ name: unit.name, life: load(unit, tensor(unit.symbol), ports) }];
    case "store":
      return [{ name: unit.name, life: store(unit, tensor(unit.symbol), ports) }];
    case "memory":
      return memoryProcesses(unit, ports, net.progressOf(unit.name));
    case "compute":
      return [{ name: unit.name, life: compute(unit, ports) }];
  }
}

function compute({ name, body }: ComputeUnit, ports: Ports): Process["life"] {
  return body.kind === "simd" ? simd(name, body, ports) : systolic(name, body, ports);
}

function fill(tensor: Elements, value: number | bigint): void {
  for (let index = 0; index < tensor.length; index += 1) tensor.set(index, value);
}
