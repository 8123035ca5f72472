import type { Section, TensorSymbol } from "@rdu/flow";
import { compileFast, exact, type ModuleCache } from "@rdu/simulator";

/** A section made ready to be run any number of times on bytes of tensors by symbol name. */
export type PreparedSection = (memory: ReadonlyMap<string, Uint8Array>) => void;

/** `modules` is shared by the sections of a program, many of which are alike. */
export type Engine = (
  section: Section,
  symbols: ReadonlyMap<string, TensorSymbol>,
  modules: ModuleCache,
) => PreparedSection;

/** Both engines give the same bits. `exact` moves every vector and says what is wrong; `fast` is translated to WebAssembly. */
export const ENGINES = {
  exact: (section, symbols) => (memory) => exact(section, symbols, memory),
  fast: (section, symbols, modules) => {
    const translated = compileFast(section, symbols, modules);
    return (memory) => translated.run(memory);
  },
} as const satisfies Readonly<Record<string, Engine>>;

export type EngineName = keyof typeof ENGINES;
