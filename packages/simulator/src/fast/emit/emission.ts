import type { Kernel } from "../kernel.ts";
import type { Code, Local } from "../wasm/code.ts";
import type { FormTable } from "./form-table.ts";

/** A kernel being turned into code. */
export interface Emission {
  readonly kernel: Kernel;
  readonly code: Code;
  readonly forms: FormTable;
}

/** The local that holds each value of the kernel so far, by position (body, then epilogue). */
export type Held = Map<number, Local>;
