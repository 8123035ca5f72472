import { DTYPES } from "@rdu/tensor";
import type { Access, Form, Kernel } from "../kernel.ts";
import type { Region } from "../region.ts";

/** A parameter of a kernel's function: a byte of a region, a number, or the number of a unit for errors. */
export type Parameter =
  | { readonly kind: "address"; readonly region: Region; readonly offset: number }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "owner"; readonly name: string };

/**
 * How a dim enters the code. "dynamic": its count and the strides along it are parameters, so that kernels which differ in them share a
 * function. "static": the count is a constant of the code, and so are strides that say how elements lie together (0, 1 and those of
 * guards and counters); "chunked": the same, but the count is a parameter. "hidden": the code does not loop over it.
 */
export type DimRole = "static" | "dynamic" | "chunked" | "hidden";

/** The parameters of a kernel, each distinct form once; forms are named by their place. */
export interface FormTable {
  readonly parameters: readonly Parameter[];
  readonly roles: readonly DimRole[];
  /** How far the i32 of a parameter moves with each dim: bytes for addresses. */
  readonly strides: readonly (readonly number[])[];
  address(access: Access): number;
  value(form: Form): number;
  owner(name: string): number;
  /** Whether a form's stride along a dim is a parameter, see DimRole. */
  isParameter(form: number, dim: number): boolean;
  /** Makes all strides of a form along static and chunked dims constants. */
  fix(form: number): void;
  /** A number that kernels with the same function may differ in; `use` says which. */
  number(use: string, value: number): number;
}

export function formTable(kernel: Kernel, roles: readonly DimRole[]): FormTable {
  const parameters: Parameter[] = [];
  const strides: (readonly number[])[] = [];
  const places = new Map<string, number>();
  // Forms are asked for again and again while code is emitted: by identity first.
  const placeOf = new Map<Form, number>();
  const regions = new Map<Region, number>();
  // Strides in elements of addresses that have some above 1.
  const elements = new Map<number, readonly number[]>();
  const zeros = kernel.dims.map(() => 0);
  const add = (key: string, parameter: Parameter, moves: readonly number[]): number => {
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, parameters.length);
    strides.push(moves);
    parameters.push(parameter);
    return parameters.length - 1;
  };
  const numberOf = (region: Region): number => {
    const known = regions.get(region) ?? regions.size;
    regions.set(region, known);
    return known;
  };
  const addAddress = ({ region, address: form, storage }: Access): number => {
    const bytes = DTYPES[storage].bytes;
    const moves = bytes === 1 ? form.strides : form.strides.map((stride) => stride * bytes);
    const place = add(
      `${numberOf(region)} ${form.base} ${form.strides.join()}`,
      { kind: "address", region, offset: form.base * bytes },
      moves,
    );
    if (form.strides.some((stride) => Math.abs(stride) > 1)) elements.set(place, form.strides);
    placeOf.set(form, place);
    return place;
  };
  const addValue = (form: Form): number => {
    const place = add(`value ${form.base} ${form.strides.join()}`, { kind: "number", value: form.base }, form.strides);
    placeOf.set(form, place);
    return place;
  };
  return {
    parameters,
    roles,
    strides,
    address: (access) => placeOf.get(access.address) ?? addAddress(access),
    value: (form) => placeOf.get(form) ?? addValue(form),
    owner: (name) => add(`owner ${name}`, { kind: "owner", name }, zeros),
    isParameter(form, dim) {
      const role = roles[dim];
      if (strides[form]![dim] === 0 || role === "hidden") return false;
      if (role === "dynamic") return true;
      return Math.abs(elements.get(form)?.[dim] ?? 0) > 1;
    },
    fix: (form) => {
      elements.delete(form);
    },
    number: (use, value) => add(`number ${use}`, { kind: "number", value }, zeros),
  };
}

/** The parameter that holds the count of a dynamic dim. */
export function countParameter(forms: FormTable, dim: number, count: number): number {
  return forms.number(`count ${dim}`, count);
}

/** The parameter that holds a form's stride along a dim, see `isParameter`. */
export function strideParameter(forms: FormTable, form: number, dim: number): number {
  return forms.number(`stride ${form} ${dim}`, forms.strides[form]![dim]!);
}

/** The parameter that holds the bound of a guard with this form. */
export function boundParameter(forms: FormTable, form: number, bound: number): number {
  return forms.number(`bound ${form} ${bound}`, bound);
}

/** What is passed for a parameter once regions have addresses. @param owners numbers of units. */
export function argumentOf(parameter: Parameter, owners: (name: string) => number): number {
  switch (parameter.kind) {
    case "address":
      return parameter.region.place.address + parameter.offset;
    case "number":
      return parameter.value;
    case "owner":
      return owners(parameter.name);
  }
}
