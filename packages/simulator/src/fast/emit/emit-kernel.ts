import { accessesOf, type Kernel } from "../kernel.ts";
import { Code } from "../wasm/code.ts";
import type { KernelFunction } from "../wasm/module.ts";
import { emitCrossLaneKernel, hasCrossLaneForm } from "./cross-lane-kernel.ts";
import { type FormTable, formTable, type Parameter } from "./form-table.ts";
import { emitScalarKernel } from "./scalar-kernel.ts";
import { emitSystolicKernel } from "./systolic-kernel.ts";
import { emitVectorKernel, hasVectorForm } from "./vector-kernel.ts";

/** The function of a kernel and what it is to be called with. */
export interface EmittedKernel {
  readonly key: string;
  readonly parameters: readonly Parameter[];
  readonly emit: () => KernelFunction;
}

/**
 * Kernels with the same key have the same function; its code is made when asked for.
 *
 * @param vectors whether vectors may be read beyond what guards allow, see `reserveSlack`.
 */
export function emitKernel(kernel: Kernel, vectors: boolean): EmittedKernel {
  const forms = formTable(kernel);
  // Every form gets its parameter before code is emitted, whatever order the emitter asks in.
  const uses = [
    ...accessesOf(kernel).flatMap((access) => [
      forms.address(access),
      ...access.guards.map(({ form }) => forms.value(form)),
      ...(access.index === undefined ? [] : [forms.owner(access.index.owner)]),
    ]),
    ...(kernel.systolic?.table ? [forms.address(kernel.systolic.table)] : []),
    ...[...kernel.body, ...kernel.epilogue].flatMap((value) =>
      value.kind === "counter" ? [forms.value(value.form)] : [],
    ),
  ];
  return {
    key: keyOf([kernel, uses, vectors]),
    parameters: forms.parameters,
    emit: () => functionOf(kernel, forms, vectors),
  };
}

function functionOf(kernel: Kernel, forms: FormTable, vectors: boolean): KernelFunction {
  const code = new Code(forms.parameters.length);
  const emission = { kernel, code, forms };
  const lane = kernel.crossLanes > 0 ? kernel.dims.length - 1 : kernel.lane;
  const vector = vectors && lane >= 0 && hasVectorForm(kernel, lane);
  if (kernel.systolic !== undefined) emitSystolicKernel(emission, kernel.systolic);
  else if (vector && kernel.crossLanes > 0 && hasCrossLaneForm(kernel)) emitCrossLaneKernel(emission);
  else if (vector && kernel.crossLanes === 0) emitVectorKernel(emission);
  else emitScalarKernel(emission);
  return { params: forms.parameters.length, code: code.finish() };
}

/** Everything that the code depends on: where forms start and which regions they lie in are parameters. */
function keyOf(structure: unknown): string {
  return JSON.stringify(structure, (key, value: unknown) => {
    if (key === "region" || key === "base" || key === "owner") return undefined;
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
      return Object.is(value, -0) ? "-0" : String(value);
    }
    return value;
  });
}
