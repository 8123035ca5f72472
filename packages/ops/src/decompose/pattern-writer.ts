import { type Combiner, type Immediate, type Instruction, identityOf, type Operand } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import type { IndexExpression, Loop, Pattern, Read, Reduction, Step, ValueId, Write } from "@rdu/ir";
import { type DType, isWide } from "@rdu/tensor";
import { form, type Index, loopIndex, registerIndex } from "./index-form.ts";
import { fitOf, laneOf, widened } from "./lane-types.ts";

/** A tensor that a pattern reads or writes, of known shape. */
export interface TensorRef {
  readonly id: ValueId;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A scalar inside a pattern: a register or a literal, with the storage type whose values it takes. */
export interface Scalar {
  readonly operand: Operand;
  readonly dtype: DType;
}

export interface FinishedPattern {
  readonly pattern: Pattern;
  readonly inputs: readonly ValueId[];
  readonly results: readonly { readonly target: TensorRef; readonly initial?: number | bigint }[];
  /** A parallel loop has no iterations: nothing is computed, results keep their initial values. */
  readonly empty: boolean;
}

/**
 * Writes one pattern, step by step: loops, reads and instructions, reductions, epilogue, results. Loops of one iteration vanish (their
 * index is 0). A reduction over no iterations gives the combiner's identity. Arithmetic on narrow storage types is rounded or
 * wrapped after every instruction, so that operators give the same bits alone and fused.
 */
export type PatternWriter = ReturnType<typeof patternWriter>;

export function patternWriter() {
  const loops: Loop[] = [];
  const inputs: ValueId[] = [];
  const body: Step[] = [];
  const reductions: Reduction[] = [];
  const epilogue: Step[] = [];
  const results: { write: Write; target: TensorRef; initial?: number | bigint }[] = [];
  const dtypes: DType[] = [];
  let folds = false;
  let emptyReduce = false;
  let empty = false;

  const addLoop = (name: string, extent: number, kind: Loop["kind"]): IndexExpression => {
    invariant(body.length + reductions.length + epilogue.length === 0, "loops come before steps");
    if (extent === 0) {
      if (kind === "parallel") empty = true;
      else emptyReduce = true;
    }
    if (extent <= 1) return form(0);
    invariant(kind !== "parallel" || !folds, "parallel loops come first");
    if (kind !== "parallel") folds = true;
    loops.push({ name: unusedName(loops, name), extent, kind });
    return loopIndex(loops.length - 1);
  };

  const step = (made: Step, dtype: DType): Scalar => {
    (reductions.length > 0 ? epilogue : body).push(made);
    dtypes.push(dtype);
    return { operand: dtypes.length - 1, dtype };
  };

  const compute = (instruction: Instruction, dtype: DType): Scalar => {
    if (reductions.length > 0) {
      for (const operand of instruction.operands) {
        invariant(
          typeof operand !== "number" || operand >= body.length,
          "an epilogue sees reductions and its own registers only",
        );
      }
    }
    return step({ kind: "compute", instruction }, dtype);
  };

  const fit = (scalar: Scalar, dtype: DType): Scalar => {
    const how = fitOf(dtype);
    if (how === "exact" || typeof scalar.operand !== "number") return { operand: scalar.operand, dtype };
    return compute({ op: how, type: laneOf(dtype), operands: [scalar.operand], storage: dtype }, dtype);
  };

  const reduce = (combiner: Combiner, value: Scalar, index?: Scalar): Scalar => {
    const gives = index === undefined ? "value" : "index";
    const dtype = index?.dtype ?? value.dtype;
    if (emptyReduce) {
      body.length = 0;
      inputs.length = 0;
      dtypes.length = 0;
      // Where nothing is, no place is right; results along an empty axis are empty themselves.
      if (index !== undefined) return literal(0, index.dtype);
      return literal(identityOf(combiner, laneOf(value.dtype)), value.dtype);
    }
    if (!folds) return index ?? value;
    // A literal folds like any register; give it one.
    const source = registerOf(value);
    const place = index === undefined ? undefined : registerOf(index);
    invariant(epilogue.length === 0, "reductions come before the epilogue");
    const reduction = { combiner, type: laneOf(value.dtype), register: source, gives } as const;
    reductions.push(place === undefined ? reduction : { ...reduction, index: place });
    dtypes.push(dtype);
    return { operand: dtypes.length - 1, dtype };
  };

  const registerOf = (scalar: Scalar): number => {
    if (typeof scalar.operand === "number") return scalar.operand;
    const zero = { type: scalar.operand.type, value: isWide(scalar.dtype) ? 0n : 0 } as const;
    invariant(scalar.dtype !== "bool", "a literal boolean needs no register");
    const made = compute({ op: "add", type: scalar.operand.type, operands: [scalar.operand, zero] }, scalar.dtype);
    return made.operand as number;
  };

  const operandOf = (ref: TensorRef): number => {
    const known = inputs.indexOf(ref.id);
    if (known >= 0) return known;
    inputs.push(ref.id);
    return inputs.length - 1;
  };

  return {
    parallel: (name: string, extent: number): IndexExpression => addLoop(name, extent, "parallel"),
    reduceLoop: (name: string, extent: number): IndexExpression => addLoop(name, extent, "reduce"),
    scanLoop: (name: string, extent: number): IndexExpression => addLoop(name, extent, "scan"),

    /** One parallel loop per axis. */
    parallelOver(shape: readonly number[], names = "ijklmnop"): readonly IndexExpression[] {
      return shape.map((extent, axis) => addLoop(names[axis] ?? `i${axis}`, extent, "parallel"));
    },

    /** Reads an element; out of bounds gives `otherwise` (without it: never out of bounds). */
    read(ref: TensorRef, index: readonly Index[], otherwise?: number | bigint): Scalar {
      invariant(index.length === ref.shape.length, `${ref.id} has ${ref.shape.length} axes, ${index.length} indices`);
      const read: Read = { operand: operandOf(ref), index: index.map(form) };
      return step({ kind: "read", read: otherwise === undefined ? read : { ...read, otherwise } }, ref.dtype);
    },

    /** Reads with the broadcasting rule: axes aligned at the end, axes of length 1 repeated. */
    broadcast(ref: TensorRef, index: readonly Index[]): Scalar {
      const missing = index.length - ref.shape.length;
      invariant(missing >= 0, `${ref.id} has more axes than it is broadcast to`);
      return this.read(
        ref,
        ref.shape.map((length, axis) => (length === 1 ? 0 : index[axis + missing]!)),
      );
    },

    /** Value of an index without gathered registers, as int32. */
    position(index: Index): Scalar {
      const { constant, loops: terms, registers = [] } = form(index);
      invariant(registers.length === 0, "positions are affine in loops");
      let sum: Scalar | undefined;
      for (const { loop, coefficient } of terms) {
        const counter = step({ kind: "loop", loop }, "int32");
        const term = coefficient === 1 ? counter : this.apply("mul", counter, literal(coefficient, "int32"));
        sum = sum === undefined ? term : this.apply("add", sum, term);
      }
      if (sum === undefined) return literal(constant, "int32");
      return constant === 0 ? sum : this.apply("add", sum, literal(constant, "int32"));
    },

    /** A register as an index of a read. */
    gathered(scalar: Scalar): IndexExpression {
      if (typeof scalar.operand !== "number") return form(Number(scalar.operand.value));
      return registerIndex(scalar.operand);
    },

    literal,

    /** An instruction over scalars of one storage type; the result is of that type. */
    apply(op: Instruction["op"], ...scalars: readonly Scalar[]): Scalar {
      const dtype = scalars[0]?.dtype;
      invariant(dtype !== undefined, "an instruction has operands");
      sameType(op, scalars);
      return fit(compute({ op, type: laneOf(dtype), operands: scalars.map((s) => s.operand) }, dtype), dtype);
    },

    /** A comparison (or isnan, isinf): gives bool. */
    test(op: Instruction["op"], ...scalars: readonly Scalar[]): Scalar {
      const dtype = scalars[0]?.dtype;
      invariant(dtype !== undefined, "a comparison has operands");
      sameType(op, scalars);
      return compute({ op, type: laneOf(dtype), operands: scalars.map((s) => s.operand) }, "bool");
    },

    select(condition: Scalar, whenTrue: Scalar, whenFalse: Scalar): Scalar {
      invariant(condition.dtype === "bool", "a selection is by a boolean");
      sameType("select", [whenTrue, whenFalse]);
      const operands = [condition.operand, whenTrue.operand, whenFalse.operand];
      return compute({ op: "select", type: laneOf(whenTrue.dtype), operands }, whenTrue.dtype);
    },

    /** The value as another storage type: lanes converted, then rounded or wrapped. */
    convert(scalar: Scalar, dtype: DType): Scalar {
      if (scalar.dtype === dtype) return scalar;
      const from = laneOf(scalar.dtype);
      const to = laneOf(dtype);
      if (from === to && widened(scalar.dtype) === dtype) return { operand: scalar.operand, dtype };
      if (from === to) return fit(scalar, dtype);
      return fit(compute({ op: "convert", type: from, operands: [scalar.operand], to }, widened(dtype)), dtype);
    },

    /** Takes the value, free of charge, as the widest type of its lanes: further arithmetic is not rounded to narrow storage. */
    widen(scalar: Scalar): Scalar {
      return { operand: scalar.operand, dtype: widened(scalar.dtype) };
    },

    /** The nearest value that a narrower type holds: what is beyond its range becomes its largest or smallest. */
    saturate(scalar: Scalar, dtype: DType): Scalar {
      invariant(laneOf(scalar.dtype) === laneOf(dtype), "saturation stays in its lanes");
      return compute({ op: "saturate", type: laneOf(dtype), operands: [scalar.operand], storage: dtype }, dtype);
    },

    /** The same bits as another lane type of the same width. */
    reinterpret(scalar: Scalar, dtype: DType): Scalar {
      return compute(
        { op: "reinterpret", type: laneOf(scalar.dtype), operands: [scalar.operand], to: laneOf(dtype) },
        dtype,
      );
    },

    /** Folds over all reduce loops (running along the scan loop, when there is one). */
    fold(combiner: Combiner, value: Scalar): Scalar {
      return reduce(combiner, value);
    },

    /** The fold along the scan loop before this iteration's element. */
    foldBefore(combiner: Combiner, value: Scalar): Scalar {
      if (!folds) return literal(identityOf(combiner, laneOf(value.dtype)), value.dtype);
      const made = reduce(combiner, value);
      reductions.push({ ...reductions.pop()!, exclusive: true });
      return made;
    },

    /** The index that goes with the extreme value. */
    foldArgument(combiner: Combiner, value: Scalar, index: Scalar): Scalar {
      return reduce(combiner, value, index);
    },

    /** A result. The index is affine in the parallel and scan loops; elements not written are `initial`. */
    give(value: Scalar, target: TensorRef, index: readonly Index[], initial?: number | bigint): void {
      const scalar = value.dtype === widened(target.dtype) ? this.convert(value, target.dtype) : value;
      invariant(scalar.dtype === target.dtype, `${target.id} is ${target.dtype}, not ${scalar.dtype}`);
      invariant(
        index.length === target.shape.length,
        `${target.id} has ${target.shape.length} axes, ${index.length} indices`,
      );
      const write: Write = {
        register: typeof scalar.operand === "number" ? scalar.operand : -1,
        dtype: target.dtype,
        shape: target.shape,
        index: index.map(form),
      };
      const settled = write.register >= 0 || empty ? write : { ...write, register: constantRegister(scalar) };
      results.push(
        initial === undefined ? { write: settled, target } : { write: { ...settled, initial }, target, initial },
      );
    },

    finish(): FinishedPattern {
      invariant(results.length > 0, "a pattern has results");
      // Over an empty reduction the identities took the place of the reduce loops, which are the last ones.
      const kept = emptyReduce ? loops.filter((loop) => loop.kind === "parallel") : loops;
      return {
        pattern: { loops: kept, body, reductions, epilogue, results: results.map(({ write }) => write) },
        inputs,
        results: results.map(({ target, initial }) => (initial === undefined ? { target } : { target, initial })),
        empty,
      };
    },
  };

  function constantRegister(scalar: Scalar): number {
    if (scalar.dtype !== "bool") return registerOf(scalar);
    const made = compute({ op: "or", type: "bool", operands: [scalar.operand, scalar.operand] }, "bool");
    return made.operand as number;
  }
}

/** A literal of a storage type; floats are rounded to single precision unless the type is float64. */
export function literal(value: number | bigint | boolean, dtype: DType): Scalar {
  return { operand: immediate(value, dtype), dtype };
}

function immediate(value: number | bigint | boolean, dtype: DType): Immediate {
  const type = laneOf(dtype);
  if (type === "i64" || type === "u64") return { type, value: BigInt(value) };
  if (type === "f32") return { type, value: Math.fround(Number(value)) };
  return { type, value: Number(value) };
}

function sameType(op: string, scalars: readonly Scalar[]): void {
  const types = new Set(scalars.map((scalar) => scalar.dtype));
  invariant(types.size === 1, `${op} of ${[...types].join(" and ")}`);
}

function unusedName(loops: readonly Loop[], name: string): string {
  let candidate = name;
  for (let suffix = 2; loops.some((loop) => loop.name === candidate); suffix += 1) candidate = `${name}${suffix}`;
  return candidate;
}
