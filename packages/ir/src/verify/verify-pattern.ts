import { COMBINERS, checkInstructions, isLaneValue, type LaneType, laneOf } from "@rdu/arithmetic";
import { type DType, typeText } from "@rdu/tensor";
import { indexRange } from "../index-range.ts";
import type { IndexExpression, Loop, Pattern, Read, Reduction, Step, Write } from "../pattern.ts";
import { coverageProblem } from "./write-coverage.ts";

/** Element type and shape of an operand. */
export interface OperandType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * What breaks the rules of a pattern over these operands, one line each:
 *
 * - loops have names of their own and at least one iteration; reduce and scan loops do not stand together
 * - registers are read only after they are written; instructions, reductions and results are well typed
 * - a read has one index per axis; loops alone keep it in bounds unless it has `otherwise`; gathered indices are integers
 * - reductions exist exactly where a loop folds; `exclusive` only along a scan; the arg kinds, and only they, have an index
 * - with reductions, epilogue and results see only reductions and the epilogue, and no reduce loop
 * - results have an element type that lanes hold, stay in bounds, write each element at most once, and every one of them
 *   unless there is an initial value
 */
export function patternProblems(pattern: Pattern, operands: readonly OperandType[]): readonly string[] {
  const { loops, body, reductions, epilogue, results } = pattern;
  const problems: string[] = [...loopProblems(loops)];
  const folds = loops.some(({ kind }) => kind !== "parallel");
  if (!folds && reductions.length > 0) problems.push("reductions need a reduce or scan loop");
  if (reductions.length === 0 && epilogue.length > 0) problems.push("an epilogue needs reductions");
  if (folds && reductions.length === 0) problems.push("a reduce or scan loop needs reductions");

  const types: LaneType[] = [];
  const place: Place = { loops, operands, types, firstVisible: 0, afterReductions: false, problems };
  for (const step of body) types.push(checkStep(step, place));
  for (const reduction of reductions) {
    problems.push(...prefixed(`r${types.length}`, reductionProblems(reduction, types, body.length, loops)));
    const index = reduction.index === undefined ? undefined : types[reduction.index];
    types.push(reduction.gives === "index" ? (index ?? "i32") : reduction.type);
  }
  const firstVisible = reductions.length > 0 ? body.length : 0;
  const after: Place = { ...place, firstVisible, afterReductions: reductions.length > 0 };
  for (const step of epilogue) types.push(checkStep(step, after));
  if (results.length === 0) problems.push("it yields nothing");
  results.forEach((write, position) => {
    problems.push(...prefixed(`result ${position}`, writeProblems(write, after)));
  });
  return problems;
}

function prefixed(place: string, problems: Iterable<string>): string[] {
  return [...problems].map((problem) => `${place}: ${problem}`);
}

interface Place {
  readonly loops: readonly Loop[];
  readonly operands: readonly OperandType[];
  /** Lane types of the registers so far. */
  readonly types: LaneType[];
  /** Registers below this one are out of sight. */
  readonly firstVisible: number;
  readonly afterReductions: boolean;
  readonly problems: string[];
}

function* loopProblems(loops: readonly Loop[]): Generator<string> {
  const names = new Set<string>();
  for (const { name, extent } of loops) {
    if (names.has(name)) yield `two loops are called ${JSON.stringify(name)}`;
    names.add(name);
    if (!Number.isSafeInteger(extent) || extent < 1) yield `loop ${name} has extent ${extent}`;
  }
  const kinds = new Set(loops.map(({ kind }) => kind));
  if (kinds.has("reduce") && kinds.has("scan")) yield "reduce and scan loops stand together";
}

/** Checks one step and gives the lane type of its register. */
function checkStep(step: Step, place: Place): LaneType {
  const { types, problems, operands } = place;
  const report = (problem: string): void => void problems.push(`r${types.length}: ${problem}`);
  switch (step.kind) {
    case "loop":
      for (const problem of loopUseProblems(step.loop, place)) report(problem);
      return "i32";
    case "compute": {
      const { instruction } = step;
      const checked = checkInstructions([instruction], types);
      for (const message of checked.messages) problems.push(message);
      for (const operand of instruction.operands) {
        if (typeof operand === "number" && operand < place.firstVisible) report(hiddenRegister(operand));
      }
      return checked.types[types.length] ?? instruction.type;
    }
    case "read": {
      const operand = operands[step.read.operand];
      if (operand === undefined) {
        report(`it reads operand ${step.read.operand} of ${operands.length}`);
        return "f32";
      }
      for (const problem of readProblems(step.read, operand, place)) report(problem);
      const lane = laneOf(operand.dtype);
      if (lane === undefined) report(`no lane holds ${operand.dtype}`);
      return lane ?? "f32";
    }
  }
}

function* readProblems(read: Read, operand: OperandType, place: Place): Generator<string> {
  const { index, otherwise } = read;
  const { dtype, shape } = operand;
  yield* indexProblems(index, shape, otherwise !== undefined, place);
  const lane = laneOf(dtype);
  if (otherwise !== undefined && lane !== undefined && !isLaneValue(lane, otherwise)) {
    yield `${otherwise} is not a value of ${lane}`;
  }
  for (const { registers } of index) {
    for (const { register } of registers ?? []) {
      const type = place.types[register];
      if (type === undefined) yield `r${register} is not an earlier register`;
      else if (register < place.firstVisible) yield hiddenRegister(register);
      else if (type !== "i32" && type !== "i64") yield `index r${register} is of type ${type}, not i32 or i64`;
    }
  }
}

/** One index per axis, over loops that exist and are in sight, with whole coefficients, in bounds where nothing catches it. */
function* indexProblems(
  index: readonly IndexExpression[],
  shape: readonly number[],
  caught: boolean,
  place: Place,
): Generator<string> {
  if (index.length !== shape.length) yield `${index.length} indices for ${shape.length} axes`;
  for (const [axis, expression] of index.entries()) {
    const coefficients = [...expression.loops, ...(expression.registers ?? [])].map(({ coefficient }) => coefficient);
    if (![expression.constant, ...coefficients].every(Number.isSafeInteger)) yield `index ${axis} is not whole`;
    for (const { loop } of expression.loops) yield* loopUseProblems(loop, place);
    const extent = shape[axis];
    if (caught || (expression.registers ?? []).length > 0 || extent === undefined) continue;
    const { least, most } = indexRange(expression, place.loops);
    if (least < 0 || most >= extent) yield `index ${axis} runs from ${least} to ${most} in an axis of ${extent}`;
  }
}

function* loopUseProblems(loop: number, { loops, afterReductions }: Place): Generator<string> {
  const found = loops[loop];
  if (found === undefined) yield `there is no loop ${loop}`;
  else if (afterReductions && found.kind === "reduce") yield `reduce loop ${found.name} is over`;
}

function* reductionProblems(
  { combiner, type, register, index, gives, exclusive }: Reduction,
  types: readonly LaneType[],
  bodyLength: number,
  loops: readonly Loop[],
): Generator<string> {
  const row = COMBINERS[combiner];
  if (!(row.types as readonly LaneType[]).includes(type)) yield `${combiner} does not work in ${type} lanes`;
  if (register >= bodyLength) yield `r${register} is not a register of the body`;
  else if (types[register] !== type) yield `${combiner}.${type} of r${register}, which is ${types[register]}`;
  if (!row.arg && (index !== undefined || gives === "index")) yield `${combiner} has no index`;
  if (row.arg) {
    const found = index === undefined || index >= bodyLength ? undefined : types[index];
    if (found !== "i32" && found !== "i64") yield `${combiner} needs an i32 or i64 register of the body as index`;
  }
  if (exclusive === true && !loops.some(({ kind }) => kind === "scan")) yield "exclusive without a scan loop";
}

function* writeProblems(write: Write, place: Place): Generator<string> {
  const { register, dtype, shape, index, initial } = write;
  const { types, firstVisible, loops } = place;
  const lane = laneOf(dtype);
  const type = types[register];
  if (lane === undefined) yield `no lane holds ${dtype}`;
  else if (type === undefined) yield `there is no r${register}`;
  else if (register < firstVisible) yield hiddenRegister(register);
  else if (type !== lane) yield `${typeText(dtype, shape)} from r${register}, which is ${type}`;
  if (initial !== undefined && lane !== undefined && !isLaneValue(lane, initial)) {
    yield `initial value ${initial} is not a value of ${lane}`;
  }
  if (index.some(({ registers }) => (registers ?? []).length > 0)) yield "its index depends on a register";
  const problems = [...indexProblems(index, shape, false, place)];
  yield* problems;
  if (problems.length > 0 || shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) return;
  const coverage = coverageProblem(write, loops);
  if (coverage !== undefined) yield coverage;
}

function hiddenRegister(register: number): string {
  return `r${register} belongs to the body, of which only the reductions remain`;
}
