import { DTYPES } from "@rdu/tensor";
import type { Access, Form, Kernel } from "../kernel.ts";
import type { Region } from "../region.ts";

/** A parameter of a kernel's function: where a form starts, or the number of a unit for errors. */
export type Parameter =
  | { readonly kind: "address"; readonly region: Region; readonly form: Form }
  | { readonly kind: "value"; readonly form: Form }
  | { readonly kind: "owner"; readonly name: string };

/** How far the i32 of a parameter moves with each dim: bytes for addresses. Empty for owners. */
type Strides = readonly number[];

/** The parameters of a kernel, each distinct form once; forms are named by their place. */
export interface FormTable {
  readonly parameters: readonly Parameter[];
  readonly strides: readonly Strides[];
  address(access: Access): number;
  value(form: Form): number;
  owner(name: string): number;
}

export function formTable(kernel: Kernel): FormTable {
  const parameters: Parameter[] = [];
  const strides: Strides[] = [];
  const places = new Map<string, number>();
  const regions: Region[] = [];
  const add = (key: string, parameter: Parameter, moves: Strides): number => {
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, parameters.length);
    strides.push(moves);
    parameters.push(parameter);
    return parameters.length - 1;
  };
  const numberOf = (region: Region): number => {
    if (!regions.includes(region)) regions.push(region);
    return regions.indexOf(region);
  };
  const zeros = kernel.dims.map(() => 0);
  return {
    parameters,
    strides,
    address({ region, address: form, storage }) {
      const bytes = DTYPES[storage].bytes;
      const key = `${numberOf(region)} ${form.base} ${form.strides.join()}`;
      return add(
        key,
        { kind: "address", region, form },
        form.strides.map((stride) => stride * bytes),
      );
    },
    value: (form) => add(`value ${form.base} ${form.strides.join()}`, { kind: "value", form }, form.strides),
    owner: (name) => add(`owner ${name}`, { kind: "owner", name }, zeros),
  };
}

/** What is passed for a parameter once regions have addresses. @param owners numbers of units. */
export function argumentOf(parameter: Parameter, owners: (name: string) => number): number {
  switch (parameter.kind) {
    case "address": {
      const { region, form } = parameter;
      return region.place.address + form.base * DTYPES[region.storage].bytes;
    }
    case "value":
      return parameter.form.base;
    case "owner":
      return owners(parameter.name);
  }
}
