import type { LaneValue } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import type { SimdBody } from "@rdu/flow";
import { counterValue, prepareBody, putOutputs, takeLanes } from "./body.ts";
import type { Ports } from "./network.ts";
import type { Process } from "./process.ts";
import { accumulators, reductionType } from "./reduction.ts";
import { walk } from "./walk.ts";

/** The life of a compute unit in SIMD mode; see SimdBody. */
export function* simd(name: string, unit: SimdBody, ports: Ports): Process["life"] {
  const { domain, reduceFrom, reductions, scan, outputs } = unit;
  const bodyInputs = unit.inputs.slice(0, unit.bodyInputs);
  const laterInputs = unit.inputs.slice(unit.bodyInputs);
  const body = prepareBody(
    unit.instructions,
    [...bodyInputs.map(({ type }) => type), ...unit.counters.map(() => "i32" as const)],
    name,
  );
  const reduces = reductions.length > 0;
  const carried = reduces ? reductions.map((reduction) => reductionType(reduction, body.types)) : body.types;
  const epilogue = prepareBody(
    unit.epilogue,
    [...carried, ...laterInputs.map(({ type }) => type), ...unit.epilogueCounters.map(() => "i32" as const)],
    name,
  );
  const acrossLanes = reduces && domain.vector >= reduceFrom;
  if (acrossLanes && (scan !== "none" || !Number.isInteger(Math.log2(domain.lanes)))) {
    reject("E0705", `unit "${name}" cannot reduce ${domain.lanes} lanes${scan === "none" ? "" : " in a scan"}`);
  }
  const totals = reductions.map((reduction) => accumulators(reduction, domain.lanes, body.types));
  const outputPorts = [...outputs.keys()];

  for (const firing of walk(domain)) {
    if (firing.startsFrom <= domain.tileDepth) yield* ports.granted(outputPorts, firing.tile);
    if (firing.startsFrom <= reduceFrom) for (const total of totals) total.reset();

    const inputs = yield* takeLanes(bodyInputs, 0, firing.lanes, ports);
    const registers: LaneValue[][] = inputs.map((values, lane) =>
      body.run([...values, ...unit.counters.map((counter) => counterValue(counter, domain, firing, lane))]),
    );
    const before = registers.map((_, lane) => totals.map((total) => total.result(lane)));
    for (const [lane, values] of registers.entries()) for (const total of totals) total.fold(lane, values);

    const ends = firing.endsFrom <= reduceFrom;
    if (!ends && scan === "none") continue;
    if (acrossLanes) for (const total of totals) total.combineLanes();
    const lanes = acrossLanes ? 1 : firing.lanes;
    const later = yield* takeLanes(laterInputs, bodyInputs.length, lanes, ports);
    const results = later.map((values, lane) => {
      const results = scan === "exclusive" ? before[lane]! : totals.map((total) => total.result(lane));
      return epilogue.run([
        ...(reduces ? results : registers[lane]!),
        ...values,
        ...unit.epilogueCounters.map((counter) => counterValue(counter, domain, firing, lane)),
      ]);
    });
    yield* putOutputs(outputs, results, epilogue.types, ports, name);
  }
}
