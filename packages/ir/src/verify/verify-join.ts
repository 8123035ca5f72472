import { elementCount } from "@rdu/tensor";

/** The boxes of a join: shapes of its inputs at offsets in the output. Undefined when they are disjoint and cover it. */
export function joinProblem(
  shapes: readonly (readonly number[])[],
  offsets: readonly (readonly number[])[],
  output: readonly number[],
): string | undefined {
  if (offsets.length !== shapes.length) return `${shapes.length} inputs and ${offsets.length} offsets`;
  const boxes = shapes.map((shape, part) => ({ part, shape, offset: offsets[part] ?? [] }));
  for (const { part, shape, offset } of boxes) {
    if (shape.length !== output.length || offset.length !== output.length) return `input ${part} has another rank`;
    const outside = offset.some((start, axis) => start < 0 || start + (shape[axis] ?? 0) > (output[axis] ?? 0));
    if (outside) return `input ${part} does not lie inside the output`;
  }
  const filled = boxes.filter(({ shape }) => !shape.includes(0));
  // Along the axis where offsets differ most, only neighbours can overlap: sweep it.
  const axis = sweepAxis(
    filled.map(({ offset }) => offset),
    output.length,
  );
  const sorted = [...filled].sort((a, b) => (a.offset[axis] ?? 0) - (b.offset[axis] ?? 0));
  for (const [at, box] of sorted.entries()) {
    const end = (box.offset[axis] ?? 0) + (box.shape[axis] ?? 1);
    for (const other of sorted.slice(at + 1)) {
      if ((other.offset[axis] ?? 0) >= end) break;
      if (overlap(box, other)) return `inputs ${box.part} and ${other.part} overlap`;
    }
  }
  const covered = filled.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const elements = elementCount(output);
  return covered === elements ? undefined : `inputs cover ${covered} of ${elements} elements`;
}

interface Box {
  readonly shape: readonly number[];
  readonly offset: readonly number[];
}

function overlap(a: Box, b: Box): boolean {
  return a.offset.every((start, axis) => {
    const other = b.offset[axis] ?? 0;
    return start < other + (b.shape[axis] ?? 0) && other < start + (a.shape[axis] ?? 0);
  });
}

function sweepAxis(offsets: readonly (readonly number[])[], rank: number): number {
  let best = 0;
  let mostStarts = 0;
  for (let axis = 0; axis < rank; axis += 1) {
    const starts = new Set(offsets.map((offset) => offset[axis])).size;
    if (starts > mostStarts) {
      best = axis;
      mostStarts = starts;
    }
  }
  return best;
}
