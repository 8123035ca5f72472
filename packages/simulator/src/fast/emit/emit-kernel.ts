import { type Access, accessesOf, type Kernel, type Value } from "../kernel.ts";
import { Code } from "../wasm/code.ts";
import type { KernelFunction } from "../wasm/module.ts";
import { emitCrossLaneKernel, hasCrossLaneForm } from "./cross-lane-kernel.ts";
import { type FormTable, formTable, type Parameter } from "./form-table.ts";
import { emitScalarKernel } from "./scalar-kernel.ts";
import { emitSystolicKernel } from "./systolic-kernel.ts";
import { emitTransposeKernel, turnOf } from "./transpose-kernel.ts";
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
    key: keyOf(kernel, uses, vectors),
    parameters: forms.parameters,
    emit: () => functionOf(kernel, forms, vectors),
  };
}

function functionOf(kernel: Kernel, forms: FormTable, vectors: boolean): KernelFunction {
  const code = new Code(forms.parameters.length);
  const emission = { kernel, code, forms };
  const lane = kernel.crossLanes > 0 ? kernel.dims.length - 1 : kernel.lane;
  const turn = vectors ? turnOf(kernel) : null;
  const vector = vectors && lane >= 0 && hasVectorForm(kernel, lane);
  if (kernel.systolic !== undefined) emitSystolicKernel(emission, kernel.systolic);
  else if (turn !== null) emitTransposeKernel(emission, turn);
  else if (vector && kernel.crossLanes > 0 && hasCrossLaneForm(kernel)) emitCrossLaneKernel(emission);
  else if (vector && kernel.crossLanes === 0) emitVectorKernel(emission);
  else emitScalarKernel(emission);
  return { params: forms.parameters.length, code: code.finish() };
}

/** Everything that the code depends on: where forms start and which regions they lie in are parameters, given by place. */
function keyOf(kernel: Kernel, uses: readonly number[], vectors: boolean): string {
  const { dims, reduceFrom, scan, crossLanes, ordered, lane, reductions, systolic } = kernel;
  return [
    dims.map(({ count, within }) => (within ? `${count}/${within.dim}/${within.total}/${within.step}` : count)).join(),
    `${reduceFrom} ${scan} ${crossLanes} ${ordered} ${lane} ${vectors} ${uses.join()}`,
    ...[...kernel.body, ...kernel.epilogue].map(valueKey),
    ...reductions.map((reduction) => Object.values(reduction).join(" ")),
    ...kernel.writes.map(({ value, targets }) => `${value} ${targets.map(accessKey).join(" ")}`),
    systolic === undefined ? "" : JSON.stringify({ ...systolic, table: systolic.table?.region.elements ?? 0 }),
  ].join("|");
}

function valueKey(value: Value): string {
  switch (value.kind) {
    case "read":
      return `${value.type} ${accessKey(value.access)}`;
    case "counter":
      return `counter ${value.form.strides.join()}`;
    case "total":
      return `total ${value.type} ${value.reduction}`;
    case "compute": {
      const { op, type, operands, storage, to } = value.instruction;
      const named = operands.map((operand) =>
        typeof operand === "number" ? operand : `${operand.type}=${literal(operand.value)}`,
      );
      return `${op} ${type} ${storage ?? ""} ${to ?? ""} ${named.join()}`;
    }
  }
}

function accessKey({ storage, address, guards, fill, index }: Access): string {
  const bounds = guards.map(({ form, bound }) => `${form.strides.join()}<${bound}`).join("&");
  const own = `${storage}[${address.strides.join()}]${bounds}:${literal(fill)}`;
  if (index === undefined) return own;
  return `${own}@${accessKey(index.access)}*${index.stride}<${index.bound}${index.clip ? "?" : ""}`;
}

function literal(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
