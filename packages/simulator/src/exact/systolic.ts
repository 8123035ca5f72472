import { identityOf, type LaneValue, meaningOf } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import type { SystolicBody } from "@rdu/flow";
import { prepareBody, putOutputs, takeLanes } from "./body.ts";
import type { Vector } from "./channel.ts";
import type { Ports } from "./network.ts";
import type { Process } from "./process.ts";
import { walk } from "./walk.ts";

/** The life of a compute unit in systolic mode; see SystolicBody. */
export function* systolic(name: string, unit: SystolicBody, ports: Ports): Process["life"] {
  const { domain, m, rows, accumulate, inputs, outputs } = unit;
  const [columnInput, rowInput, ...laterInputs] = inputs;
  const mCounter = domain.counters[m];
  if (columnInput === undefined || rowInput === undefined || mCounter === undefined || domain.vector !== m + 1) {
    reject("E0705", `unit "${name}" is not a systolic array: it lacks an input or a counter`);
  }
  if (columnInput.type !== accumulate || rowInput.type !== accumulate) {
    reject("E0705", `unit "${name}" multiplies ${columnInput.type} by ${rowInput.type} into ${accumulate}`);
  }
  const multiply = meaningOf({ op: "mul", type: accumulate, operands: [0, 1] });
  const add = meaningOf({ op: "add", type: accumulate, operands: [0, 1] });
  const epilogue = prepareBody(unit.epilogue, [accumulate, ...laterInputs.map(({ type }) => type)], name);
  const reduceFrom = m + 2;
  const outputPorts = [...outputs.keys()];
  let totals: LaneValue[][] = [];

  for (const firing of walk(domain)) {
    const height = Math.min(rows, mCounter.extent - firing.values[m]!);
    const width = firing.lanes;
    if (firing.startsFrom <= domain.tileDepth) yield* ports.granted(outputPorts, firing.tile);
    if (firing.startsFrom <= reduceFrom) {
      const zero = identityOf("sum", accumulate);
      totals = Array.from({ length: height }, () => new Array<LaneValue>(width).fill(zero));
    }
    const column: Vector = yield* ports.take(0, columnInput.broadcast ? 1 : height);
    const row: Vector = yield* ports.take(1, rowInput.broadcast ? 1 : width);
    for (const [r, total] of totals.entries()) {
      for (let c = 0; c < width; c += 1) {
        const product = multiply(column[columnInput.broadcast ? 0 : r]!, row[rowInput.broadcast ? 0 : c]!, 0);
        total[c] = add(total[c]!, product, 0);
      }
    }
    if (firing.endsFrom > reduceFrom) continue;
    for (const total of totals) {
      const later = yield* takeLanes(laterInputs, 2, width, ports);
      const results = later.map((values, c) => epilogue.run([total[c]!, ...values]));
      yield* putOutputs(outputs, results, epilogue.types, ports, name);
    }
  }
}
