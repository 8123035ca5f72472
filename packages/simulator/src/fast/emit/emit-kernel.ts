import { type Access, accessesOf, type Kernel } from "../kernel.ts";
import { operandAt } from "../systolic-plan.ts";
import { Code } from "../wasm/code.ts";
import type { KernelFunction } from "../wasm/module.ts";
import {
  boundParameter,
  countParameter,
  type FormTable,
  formTable,
  type Parameter,
  strideParameter,
} from "./form-table.ts";
import { kernelKey } from "./kernel-key.ts";
import { type Strategy, strategyOf } from "./strategy.ts";
import { stepParameter } from "./systolic-kernel.ts";

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
  const strategy = strategyOf(kernel, vectors);
  const forms = formTable(kernel, strategy.roles);
  const uses = declareParameters(kernel, forms);
  return {
    key: kernelKey(kernel, strategy, uses),
    parameters: forms.parameters,
    emit: () => functionOf(kernel, strategy, forms),
  };
}

/** Gives every parameter its place before code is emitted, whatever order the emitter asks in; the places of the forms as they are used. */
function declareParameters(kernel: Kernel, forms: FormTable): number[] {
  const uses: number[] = [];
  const declare = (access: Access): void => {
    uses.push(forms.address(access));
    for (const { form, bound } of access.guards) {
      const place = forms.value(form);
      uses.push(place, boundParameter(forms, place, bound));
    }
    if (access.index !== undefined) uses.push(forms.owner(access.index.owner));
  };
  for (const access of accessesOf(kernel)) declare(access);
  if (kernel.systolic?.table) declare(kernel.systolic.table);
  for (const value of [...kernel.body, ...kernel.epilogue]) {
    if (value.kind === "counter") uses.push(forms.value(value.form));
  }
  const { systolic } = kernel;
  if (systolic !== undefined) {
    const products = systolic.k.reduce((product, dim) => product * kernel.dims[dim]!.count, 1);
    forms.number("products", products);
    for (const [operand, bytes] of [systolic.stepA, systolic.stepB].entries()) {
      if (bytes !== null) stepParameter(forms, operand, bytes);
    }
    forms.fix(forms.address(operandAt(kernel, systolic.a)));
  }
  const count = forms.parameters.length;
  forms.roles.forEach((role, dim) => {
    if (role === "dynamic" || role === "chunked") countParameter(forms, dim, kernel.dims[dim]!.count);
    for (let form = 0; form < count; form += 1) if (forms.isParameter(form, dim)) strideParameter(forms, form, dim);
  });
  return uses;
}

function functionOf(kernel: Kernel, strategy: Strategy, forms: FormTable): KernelFunction {
  const code = new Code(forms.parameters.length);
  strategy.emit({ kernel, code, forms });
  return { params: forms.parameters.length, code: code.finish() };
}
