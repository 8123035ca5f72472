import type { Access, Form, Kernel, SystolicPlan, Value } from "../kernel.ts";
import { operandAt } from "../systolic-plan.ts";
import type { DimRole } from "./form-table.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Everything that the code of a kernel depends on. Where forms start, which regions they lie in, and counts and strides of dynamic dims are
 * parameters; `uses` tells which of them are the same one.
 */
export function kernelKey(kernel: Kernel, { name, roles }: Strategy, uses: readonly number[]): string {
  const { dims, reduceFrom, scan, crossLanes, ordered, lane, reductions, systolic } = kernel;
  const counts = dims.map(({ count, within }, dim) => {
    if (roles[dim] !== "static") return roles[dim];
    return within === undefined ? count : `${count}/${within.dim}/${within.total}/${within.step}`;
  });
  const keyOf = (value: Value): string => valueKey(value, roles);
  return [
    `${name} ${counts.join()} ${reduceFrom} ${scan} ${crossLanes} ${ordered} ${systolic === undefined ? lane : ""} ${uses.join()}`,
    ...kernel.body.map(keyOf),
    ...kernel.epilogue.map(keyOf),
    ...reductions.map((reduction) => Object.values(reduction).join(" ")),
    ...kernel.writes.map(
      ({ value, targets }) => `${value} ${targets.map((access) => accessKey(access, roles)).join(" ")}`,
    ),
    systolic === undefined ? "" : systolicKey(kernel, systolic),
  ].join("|");
}

function systolicKey(kernel: Kernel, { stepA, stepB, table, ...roles }: SystolicPlan): string {
  const row = operandAt(kernel, roles.a).address.strides[roles.m];
  return `${Object.values(roles).join(" ")} ${stepA !== null} ${stepB !== null} ${row}`;
}

function valueKey(value: Value, roles: readonly DimRole[]): string {
  switch (value.kind) {
    case "read":
      return `${value.type} ${accessKey(value.access, roles)}`;
    case "counter":
      return `counter ${formKey(value.form, roles, false)}`;
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

function accessKey({ storage, address, guards, fill, index }: Access, roles: readonly DimRole[]): string {
  const bounds = guards.map(({ form }) => formKey(form, roles, false)).join("&");
  const own = `${storage}[${formKey(address, roles, true)}]${bounds}:${literal(fill)}`;
  if (index === undefined) return own;
  return `${own}@${accessKey(index.access, roles)}*${index.stride}<${index.bound}${index.clip ? "?" : ""}`;
}

/** What the code knows of a form's strides; of the others whether the form moves at all. */
function formKey({ strides }: Form, roles: readonly DimRole[], address: boolean): string {
  return strides
    .map((stride, dim) => {
      const known = roles[dim] === "static" || roles[dim] === "chunked";
      return stride === 0 || (known && (!address || Math.abs(stride) === 1)) ? stride : "x";
    })
    .join();
}

function literal(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
