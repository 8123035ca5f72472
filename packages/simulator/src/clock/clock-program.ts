import type { Chip } from "@rdu/chip";
import { type Flow, type Placement, symbolsByName } from "@rdu/flow";
import { clock } from "./clock.ts";
import { STATIC_WATTS } from "./energy.ts";
import type { Energy, SectionTiming, Tier, Traffic } from "./timing.ts";

/** Who starts the sections: the chip's own AGCUs from a schedule that they hold, or the host, one call at a time. */
export type Orchestration = "hardware" | "software";

/** What the clock says of one run of a whole program. */
export interface ProgramTiming {
  /** Each distinct section once, in the order of the schedule. */
  readonly sections: readonly { readonly calls: number; readonly timing: SectionTiming }[];
  /** Cycles of all section calls, one after another, without launches. */
  readonly cycles: number;
  readonly launches: number;
  readonly orchestration: Orchestration;
  readonly microseconds: {
    readonly sections: number;
    readonly launches: number;
    /** The two together. Host calls are not in it: they run on another machine, which is not modelled. */
    readonly total: number;
  };
  readonly hostCalls: number;
  readonly traffic: Traffic;
  /** Busy cycles by ONNX node over all calls. */
  readonly charged: ReadonlyMap<string, number>;
  readonly energy: Energy;
  readonly simulatedTiles: number;
}

/** Cycles of a whole program; sections that the placement lacks are a mistake of the caller and left out. */
export function clockProgram(
  flow: Flow,
  placement: Placement,
  chip: Chip,
  orchestration: Orchestration = "hardware",
): ProgramTiming {
  const symbols = symbolsByName(flow);
  const sections = new Map(flow.sections.map((section) => [section.name, section]));
  const placements = new Map(placement.sections.map((placed) => [placed.section, placed]));
  const timings = new Map<string, { calls: number; readonly timing: SectionTiming }>();
  for (const call of flow.schedule) {
    if (call.kind !== "section") continue;
    const known = timings.get(call.section);
    if (known !== undefined) {
      known.calls += 1;
      continue;
    }
    const section = sections.get(call.section);
    const placed = placements.get(call.section);
    if (section === undefined || placed === undefined) continue;
    timings.set(call.section, { calls: 1, timing: clock(section, placed, chip, symbols) });
  }
  const called = [...timings.values()];
  const sum = (part: (timing: SectionTiming) => number): number => {
    return called.reduce((total, { calls, timing }) => total + calls * part(timing), 0);
  };
  const cycles = sum((timing) => timing.cycles);
  const launches = called.reduce((total, { calls }) => total + calls, 0);
  const sectionMicroseconds = cycles / (chip.clockGigahertz * 1e3);
  const launchMicroseconds = launches * chip.launchMicroseconds[orchestration];
  const charged = new Map<string, number>();
  for (const { calls, timing } of called) {
    for (const [node, busy] of timing.charged) charged.set(node, (charged.get(node) ?? 0) + calls * busy);
  }
  const tier = (name: Tier): Traffic[Tier] => ({
    read: sum((timing) => timing.traffic[name].read),
    written: sum((timing) => timing.traffic[name].written),
  });
  return {
    sections: called,
    cycles,
    launches,
    orchestration,
    microseconds: {
      sections: sectionMicroseconds,
      launches: launchMicroseconds,
      total: sectionMicroseconds + launchMicroseconds,
    },
    hostCalls: flow.schedule.filter(({ kind }) => kind === "host").length,
    traffic: { hbm: tier("hbm"), ddr: tier("ddr"), host: tier("host") },
    charged,
    energy: {
      compute: sum((timing) => timing.energy.compute),
      scratchpad: sum((timing) => timing.energy.scratchpad),
      network: sum((timing) => timing.energy.network),
      memory: sum((timing) => timing.energy.memory),
      static: sum((timing) => timing.energy.static) + STATIC_WATTS * launchMicroseconds * 1e-6,
    },
    simulatedTiles: called.reduce((total, { timing }) => total + timing.simulatedTiles, 0),
  };
}
