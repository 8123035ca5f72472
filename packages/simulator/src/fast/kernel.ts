import type { Combiner, Instruction, LaneType, LaneValue } from "@rdu/arithmetic";
import type { DType } from "@rdu/tensor";
import type { Region } from "./region.ts";

/**
 * One loop of a kernel, `count` iterations. `within`: the loop runs over the elements of the current block of an earlier one, so at most
 * `total - step * (iteration of that loop)` times.
 */
export interface Dim {
  readonly count: number;
  readonly within?: { readonly dim: number; readonly total: number; readonly step: number };
}

/** base + sum strides[d] * (iteration of dim d). One stride per dim. */
export interface Form {
  readonly base: number;
  readonly strides: readonly number[];
}

/** The element of a region that each iteration accesses. Forms count elements. */
export interface Access {
  readonly region: Region;
  /** How an element lies in the region. */
  readonly storage: DType;
  readonly address: Form;
  /** The element is accessed only where 0 <= form < bound for all of them. */
  readonly guards: readonly { readonly form: Form; readonly bound: number }[];
  /** What a read gives where a guard or a clipped index excludes the element. */
  readonly fill: LaneValue;
  /** `stride` * (the element of another access) is added to the address. */
  readonly index?: {
    readonly access: Access;
    readonly stride: number;
    readonly bound: number;
    readonly clip: boolean;
    /** Names the unit in errors. */
    readonly owner: string;
  };
}

/** One SSA value of a kernel's body or epilogue. Operands of instructions are positions in the list body, then epilogue. */
export type Value =
  | { readonly kind: "read"; readonly type: LaneType; readonly access: Access }
  | { readonly kind: "counter"; readonly type: "i32"; readonly form: Form }
  /** A primitive, see `expand` of @rdu/arithmetic. `type` is that of the result. */
  | { readonly kind: "compute"; readonly type: LaneType; readonly instruction: Instruction }
  /** The accumulator of a reduction. Epilogue only. */
  | { readonly kind: "total"; readonly type: LaneType; readonly reduction: number };

export interface KernelReduction {
  readonly combiner: Combiner;
  readonly type: LaneType;
  /** Positions of the value and of the index beside it. */
  readonly value: number;
  readonly index?: number;
  readonly indexType: LaneType;
  readonly gives: "value" | "index";
}

/** A value that is already one of the target's storage type, and every place that it is written to. */
export interface Write {
  readonly value: number;
  readonly targets: readonly Access[];
}

/** How a sum of products runs as register tiles: rows along `m`, vectors along `n`, all of `k` in one loop. */
export interface SystolicPlan {
  /** Positions in the body of the operand that is spread over a row, and of the one read as vectors. */
  readonly a: number;
  readonly b: number;
  /** -1: one row. */
  readonly m: number;
  readonly n: number;
  /** The other parallel dims. */
  readonly outer: readonly number[];
  readonly k: readonly number[];
  /** Bytes between successive k of each operand, null where they are not equal: then `table` has the offsets. */
  readonly stepA: number | null;
  readonly stepB: number | null;
  /** i32 byte offsets for each k: of a (unless it steps), then of b (unless it steps). */
  readonly table: Access | null;
}

/**
 * What one compute unit does, with the address programs at its ports: a loop nest over `dims`, outermost first. Dims from `reduceFrom` on
 * are reduced in order; the epilogue and the writes come after them (in a scan: inside). Without reductions there is no epilogue.
 *
 * Dims before `reduceFrom` may be taken in any order unless `ordered`.
 */
export interface Kernel {
  readonly dims: readonly Dim[];
  readonly reduceFrom: number;
  readonly scan: "none" | "inclusive" | "exclusive";
  /** 0, or the lanes of the cross-lane tree; then the last two dims are the blocks of that many lanes and the lanes. */
  readonly crossLanes: number;
  readonly ordered: boolean;
  /** The dim along which vectors are taken, -1: none. */
  readonly lane: number;
  readonly body: readonly Value[];
  readonly reductions: readonly KernelReduction[];
  readonly epilogue: readonly Value[];
  readonly writes: readonly Write[];
  /** Set where register tiles do the work. */
  readonly systolic?: SystolicPlan;
}

export function valueAt(kernel: Kernel, position: number): Value {
  return position < kernel.body.length ? kernel.body[position]! : kernel.epilogue[position - kernel.body.length]!;
}

/** Every access of a kernel, indices included, each once per place it stands in. */
export function accessesOf(kernel: Kernel): Access[] {
  const accesses: Access[] = [];
  const add = (access: Access): void => {
    accesses.push(access);
    if (access.index !== undefined) accesses.push(access.index.access);
  };
  for (const value of kernel.body) if (value.kind === "read") add(value.access);
  for (const value of kernel.epilogue) if (value.kind === "read") add(value.access);
  for (const { targets } of kernel.writes) for (const target of targets) add(target);
  return accesses;
}

/** Every form of a kernel. */
export function formsOf(kernel: Kernel): Form[] {
  const forms: Form[] = [];
  for (const { address, guards } of accessesOf(kernel)) {
    forms.push(address);
    for (const { form } of guards) forms.push(form);
  }
  for (const value of kernel.body) if (value.kind === "counter") forms.push(value.form);
  for (const value of kernel.epilogue) if (value.kind === "counter") forms.push(value.form);
  return forms;
}

/** The same kernel with every form and the dims replaced; `reduceFrom` and `lane` as given. */
export function mapForms(
  kernel: Kernel,
  change: (form: Form) => Form,
  rest: Pick<Kernel, "dims" | "reduceFrom" | "lane">,
): Kernel {
  const mapAccess = (access: Access): Access => ({
    ...access,
    address: change(access.address),
    guards: access.guards.map(({ form, bound }) => ({ form: change(form), bound })),
    ...(access.index === undefined ? {} : { index: { ...access.index, access: mapAccess(access.index.access) } }),
  });
  const mapValue = (value: Value): Value => {
    if (value.kind === "read") return { ...value, access: mapAccess(value.access) };
    return value.kind === "counter" ? { ...value, form: change(value.form) } : value;
  };
  return {
    ...kernel,
    ...rest,
    body: kernel.body.map(mapValue),
    epilogue: kernel.epilogue.map(mapValue),
    writes: kernel.writes.map(({ value, targets }) => ({ value, targets: targets.map(mapAccess) })),
  };
}
