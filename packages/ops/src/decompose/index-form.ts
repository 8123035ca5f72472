import { invariant } from "@rdu/diagnostics";
import type { IndexExpression } from "@rdu/ir";

/** An index as operators write it: a number, or an affine form of loops and gathered registers. */
export type Index = number | IndexExpression;

export function form(index: Index): IndexExpression {
  return typeof index === "number" ? { constant: index, loops: [] } : index;
}

export function loopIndex(loop: number): IndexExpression {
  return { constant: 0, loops: [{ loop, coefficient: 1 }] };
}

export function registerIndex(register: number): IndexExpression {
  return { constant: 0, loops: [], registers: [{ register, coefficient: 1 }] };
}

export function times(index: Index, factor: number): IndexExpression {
  const { constant, loops, registers = [] } = form(index);
  if (factor === 0) return { constant: 0, loops: [] };
  return assemble(
    constant * factor,
    loops.map((term) => ({ ...term, coefficient: term.coefficient * factor })),
    registers.map((term) => ({ ...term, coefficient: term.coefficient * factor })),
  );
}

export function plus(...indices: readonly Index[]): IndexExpression {
  let constant = 0;
  const loops = new Map<number, number>();
  const registers = new Map<number, number>();
  for (const index of indices.map(form)) {
    constant += index.constant;
    for (const term of index.loops) loops.set(term.loop, (loops.get(term.loop) ?? 0) + term.coefficient);
    for (const term of index.registers ?? [])
      registers.set(term.register, (registers.get(term.register) ?? 0) + term.coefficient);
  }
  return assemble(
    constant,
    [...loops].map(([loop, coefficient]) => ({ loop, coefficient })),
    [...registers].map(([register, coefficient]) => ({ register, coefficient })),
  );
}

/** Row-major position of an index in a tensor of `shape`. */
export function flatten(indices: readonly Index[], shape: readonly number[]): IndexExpression {
  invariant(indices.length === shape.length, "one index per axis");
  return indices.reduce<IndexExpression>((sum, index, axis) => plus(times(sum, shape[axis]!), index), {
    constant: 0,
    loops: [],
  });
}

function assemble(
  constant: number,
  loops: IndexExpression["loops"],
  registers: NonNullable<IndexExpression["registers"]>,
): IndexExpression {
  // -0 would print differently from 0.
  const value = constant === 0 ? 0 : constant;
  const kept = loops.filter((term) => term.coefficient !== 0).sort((a, b) => a.loop - b.loop);
  const gathered = registers.filter((term) => term.coefficient !== 0).sort((a, b) => a.register - b.register);
  return gathered.length === 0
    ? { constant: value, loops: kept }
    : { constant: value, loops: kept, registers: gathered };
}
