import type { Dim } from "../kernel.ts";
import type { Code, Local } from "../wasm/code.ts";
import { OP } from "../wasm/opcodes.ts";
import { countParameter, type FormTable, strideParameter } from "./form-table.ts";

/** A point in a loop nest: what each form amounts to there is in a local, plus its stride times iterations known when code is emitted. */
export interface Place {
  /** By form. */
  readonly locals: readonly Local[];
  /** By dim: iterations beyond what the locals stand at. */
  readonly offsets: readonly number[];
  /** By dim: the iteration that the enclosing loop stands at; undefined outside. */
  readonly iterations: readonly (Local | undefined)[];
}

/** Before all loops: the locals are the function's parameters. */
export function startPlace(forms: FormTable, dims: readonly Dim[]): Place {
  return {
    locals: forms.parameters.map((_, parameter) => parameter),
    offsets: dims.map(() => 0),
    iterations: dims.map(() => undefined),
  };
}

/** The place `by` iterations of a dim further on. */
export function moved(place: Place, dim: number, by: number): Place {
  if (by === 0) return place;
  return { ...place, offsets: place.offsets.map((offset, index) => (index === dim ? offset + by : offset)) };
}

/** The part of a place's offsets that is known when code is emitted. */
function knownOffset(forms: FormTable, form: number, place: Place): number {
  let sum = 0;
  forms.strides[form]!.forEach((stride, dim) => {
    if (!forms.isParameter(form, dim)) sum += stride * place.offsets[dim]!;
  });
  return sum;
}

/** Adds the rest of a place's offsets to what is on the stack. */
function addOffsets(code: Code, forms: FormTable, form: number, place: Place): void {
  place.offsets.forEach((by, dim) => {
    if (by === 0 || !forms.isParameter(form, dim)) return;
    code.get(strideParameter(forms, form, dim));
    if (by !== 1) {
      code.i32(by);
      code.op(OP.i32Mul);
    }
    code.op(OP.i32Add);
  });
}

/** Puts a form's value on the stack. */
export function pushForm(code: Code, forms: FormTable, form: number, place: Place): void {
  code.get(place.locals[form]!);
  addOffsets(code, forms, form, place);
  const offset = knownOffset(forms, form, place);
  if (offset === 0) return;
  code.i32(offset);
  code.op(OP.i32Add);
}

/** Puts an address on the stack and gives the constant offset that is to go with the load or store. */
export function pushAddress(code: Code, forms: FormTable, form: number, place: Place): number {
  const offset = knownOffset(forms, form, place);
  if (offset < 0) {
    pushForm(code, forms, form, place);
    return 0;
  }
  code.get(place.locals[form]!);
  addOffsets(code, forms, form, place);
  return offset;
}

/**
 * Loops over a dim, `step` iterations at a time, and emits `body` at each place. `count` iterations of the loop (at least one), or as
 * many as the local `times` says, or the dim's own number, which may depend on the loop around it.
 */
export function emitLoop(
  code: Code,
  forms: FormTable,
  dims: readonly Dim[],
  dim: number,
  place: Place,
  body: (place: Place) => void,
  { step = 1, count = dims[dim]!.count, times }: { step?: number; count?: number; times?: Local } = {},
): Place {
  const { within } = dims[dim]!;
  const dynamic = forms.roles[dim] === "dynamic";
  if (count === 1 && within === undefined && !dynamic && times === undefined) {
    body(place);
    return moved(place, dim, step);
  }
  const iteration = code.local("i32");
  code.i32(0);
  code.set(iteration);
  let limit = within === undefined ? times : code.local("i32");
  if (dynamic) limit = countParameter(forms, dim, count);
  if (limit !== undefined && within !== undefined) {
    const outer = place.iterations[within.dim];
    // min(count, total - step * outer)
    code.i32(within.total);
    if (outer !== undefined) {
      code.get(outer);
      code.i32(within.step);
      code.op(OP.i32Mul);
      code.op(OP.i32Sub);
    }
    const left = code.keep("i32");
    code.get(left);
    code.i32(count);
    code.get(left);
    code.i32(count);
    code.op(OP.i32LtS);
    code.op(OP.select);
    code.set(limit);
  }
  const locals = place.locals.map((local, form) => {
    if ((forms.strides[form]![dim] ?? 0) === 0) return local;
    code.get(local);
    return code.keep("i32");
  });
  const inner: Place = {
    locals,
    offsets: place.offsets,
    iterations: place.iterations.map((local, index) => (index === dim ? iteration : local)),
  };
  code.repeat(() => {
    body(inner);
    locals.forEach((local, form) => {
      if (local === place.locals[form]) return;
      if (forms.isParameter(form, dim)) code.increaseBy(local, strideParameter(forms, form, dim), step);
      else code.increase(local, forms.strides[form]![dim]! * step);
    });
    code.get(iteration);
    code.i32(1);
    code.op(OP.i32Add);
    code.tee(iteration);
    if (limit === undefined) code.i32(count);
    else code.get(limit);
    code.op(OP.i32LtU);
  });
  return inner;
}

/**
 * Loops over a chunked dim of at least `width` iterations, `width` at a time. A last chunk that would overhang is moved back: its first
 * iterations are done twice, so the body must not mind.
 */
export function emitChunks(
  code: Code,
  forms: FormTable,
  dims: readonly Dim[],
  dim: number,
  width: number,
  place: Place,
  body: (place: Place) => void,
): void {
  const left = code.local("i32");
  code.get(countParameter(forms, dim, dims[dim]!.count));
  code.i32(width);
  code.op(OP.i32Sub);
  code.set(left);
  const step = code.local("i32");
  const locals = place.locals.map((local, form) => {
    if ((forms.strides[form]![dim] ?? 0) === 0) return local;
    code.get(local);
    return code.keep("i32");
  });
  code.repeat(() => {
    body({ ...place, locals });
    // step = min(left, width), 0 after the last chunk
    code.get(left);
    code.i32(width);
    code.get(left);
    code.i32(width);
    code.op(OP.i32LtU);
    code.op(OP.select);
    code.set(step);
    locals.forEach((local, form) => {
      if (local === place.locals[form]) return;
      code.get(local);
      code.get(step);
      if (forms.isParameter(form, dim)) code.get(strideParameter(forms, form, dim));
      else code.i32(forms.strides[form]![dim]!);
      code.op(OP.i32Mul);
      code.op(OP.i32Add);
      code.set(local);
    });
    code.get(left);
    code.get(step);
    code.op(OP.i32Sub);
    code.set(left);
    code.get(step);
  });
}

/** Nested loops over several dims, outermost first. */
export function emitLoops(
  code: Code,
  forms: FormTable,
  dims: readonly Dim[],
  order: readonly number[],
  place: Place,
  body: (place: Place) => void,
): void {
  const [dim, ...rest] = order;
  if (dim === undefined) {
    body(place);
    return;
  }
  emitLoop(code, forms, dims, dim, place, (inner) => emitLoops(code, forms, dims, rest, inner, body));
}
