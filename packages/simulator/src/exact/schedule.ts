import { reject } from "@rdu/diagnostics";
import type { Process, Wait } from "./process.ts";

/**
 * Runs processes in turn, each until it has to wait, until all have ended. When none can go on, rejects with E0805 and names the circle of
 * processes that wait for each other. The outcome does not depend on the order of turns: processes share nothing but FIFOs and tile counts.
 */
export function runAll(processes: readonly Process[]): void {
  const waits = new Map<Process, Wait>();
  let running = [...processes];
  while (running.length > 0) {
    let progressed = false;
    const still: Process[] = [];
    for (const process of running) {
      if (waits.get(process)?.ready() === false) {
        still.push(process);
        continue;
      }
      progressed = true;
      const step = process.life.next();
      if (step.done === true) {
        waits.delete(process);
      } else {
        waits.set(process, step.value);
        still.push(process);
      }
    }
    if (!progressed) reportDeadlock(running, waits);
    running = still;
  }
}

function reportDeadlock(running: readonly Process[], waits: ReadonlyMap<Process, Wait>): never {
  const byName = new Map(running.map((process) => [process.name, process]));
  const path: Process[] = [];
  let current = running[0]!;
  while (!path.includes(current)) {
    path.push(current);
    const next = waits
      .get(current)
      ?.on.map((name) => byName.get(name))
      .find((process) => process !== undefined);
    if (next === undefined) {
      const wait = waits.get(current);
      reject("E0805", `${current.name} waits for ${wait?.for}, but ${wait?.on.join(", ")} has ended`);
    }
    current = next;
  }
  const circle = path.slice(path.indexOf(current));
  const steps = circle.map((process, position) => {
    const { name } = circle[(position + 1) % circle.length]!;
    return `${process.name} waits for ${waits.get(process)?.for} from ${name}`;
  });
  reject("E0805", steps.join(", "), {
    notes: [`${running.length} processes have not ended`],
  });
}
