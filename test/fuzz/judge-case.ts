import { CompileError, InvariantError } from "@rdu/diagnostics";
import { encodeModel, exportModel } from "@rdu/onnx";
import { type Chip, compile, load } from "@rdu/sdk";
import { isFloat, isTensor, sameShape, type Tensor, toNumbers, typeText, type Value } from "@rdu/tensor";
import type { FuzzCase } from "./graph-draft.ts";
import { allowedDeviations } from "./sensitivity.ts";

/** What went wrong, in which of the ways that are told apart while reducing. */
export interface Failure {
  readonly kind: "refused" | "crash" | "differs" | "engines differ";
  readonly optimize: 0 | 1 | 3;
  readonly detail: string;
}

export interface Judgement {
  readonly failure?: Failure;
  /** Host calls at -O1. */
  readonly hostCalls: number;
}

export const OPTIMIZE = [0, 1, 3] as const;

/**
 * Compiles the case at every level of optimisation, runs both engines, and compares with the reference (within `allowedDeviations`) and
 * the engines with each other (bit for bit).
 */
export async function judgeCase(
  fuzz: FuzzCase,
  chip: Chip,
  levels: readonly (0 | 1 | 3)[] = OPTIMIZE,
): Promise<Judgement> {
  const model = encodeModel(exportModel(fuzz.graph));
  const allowed = allowedDeviations(fuzz);
  const inputs = Object.fromEntries(fuzz.inputs);
  let hostCalls = 0;
  for (const optimize of levels) {
    const fail = (kind: Failure["kind"], detail: string): Judgement => ({
      hostCalls,
      failure: { kind, optimize, detail },
    });
    try {
      const { pef, report } = await compile(model, { optimize, chip });
      if (optimize === 1) hostCalls = report.hostCalls.length;
      const program = await load(pef);
      const fast = await program.run(inputs, { engine: "fast" });
      const exact = await program.run(inputs, { engine: "exact", timing: false });
      for (const id of fuzz.graph.outputs) {
        const [want, got, slow] = [fuzz.values.get(id)!, fast.outputs[id], exact.outputs[id]];
        const difference = differenceOf(got, want, allowed.get(id) ?? new Float64Array());
        if (difference !== undefined) return fail("differs", `${id}: ${difference}`);
        if (!sameBits(got, slow))
          return fail("engines differ", `${id}: ${differenceOf(got, slow as Tensor) ?? "in the sign of zero"}`);
      }
    } catch (error) {
      if (error instanceof CompileError) return fail("refused", error.message);
      if (!(error instanceof Error)) throw error;
      const where = error instanceof InvariantError && error.pass !== undefined ? ` in ${error.pass}` : "";
      return fail("crash", `${error.name}: ${error.message.slice(0, 400)}${where}\n${error.stack ?? ""}`);
    }
  }
  return { hostCalls };
}

function differenceOf(got: Value | undefined, want: Tensor, allowed?: Float64Array): string | undefined {
  if (got === undefined || !isTensor(got)) return "no tensor";
  if (got.dtype !== want.dtype || !sameShape(got.shape, want.shape)) {
    return `${typeText(got.dtype, got.shape)} instead of ${typeText(want.dtype, want.shape)}`;
  }
  if (!isFloat(want.dtype)) {
    const at = [...want.data.keys()].find(
      (index) => got.data[index] !== want.data[index] && (allowed?.[index] ?? 0) === 0,
    );
    return at === undefined ? undefined : `element ${at} is ${got.data[at]}, not ${want.data[at]}`;
  }
  const [numbers, wanted] = [toNumbers(got), toNumbers(want)];
  for (const [index, expected] of wanted.entries()) {
    const found = numbers[index]!;
    const most = allowed?.[index] ?? 0;
    if (found === expected || (Number.isNaN(found) && Number.isNaN(expected)) || most === Number.POSITIVE_INFINITY)
      continue;
    if (!(Math.abs(found - expected) <= most)) return `element ${index} is ${found}, not ${expected} (allowed ${most})`;
  }
  return undefined;
}

/** Equal to the bit. */
function sameBits(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || b === undefined || !isTensor(a) || !isTensor(b)) return false;
  if (isFloat(a.dtype)) {
    // Which NaN it is, is left open; the sign of zero is not.
    const right = toNumbers(b);
    return toNumbers(a).every((number, index) => Object.is(number, right[index]));
  }
  return a.data.length === b.data.length && [...a.data.keys()].every((index) => a.data[index] === b.data[index]);
}
