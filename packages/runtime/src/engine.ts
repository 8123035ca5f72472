import type { Section, TensorSymbol } from "@rdu/flow";
import { exact } from "@rdu/simulator";

/** A section made ready to be run any number of times on bytes of tensors by symbol name. */
export type PreparedSection = (memory: ReadonlyMap<string, Uint8Array>) => void;

export type Engine = (section: Section, symbols: ReadonlyMap<string, TensorSymbol>) => PreparedSection;

/** All engines give the same bits. `exact` moves every vector and says what is wrong. */
export const ENGINES = {
  exact: (section, symbols) => (memory) => exact(section, symbols, memory),
} as const satisfies Readonly<Record<string, Engine>>;

export type EngineName = keyof typeof ENGINES;
