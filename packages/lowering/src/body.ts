import type { Immediate, Instruction, LaneType } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import type { Nest, NestRead } from "@rdu/kernels";

/** A value inside a stage: what a register of its pattern holds, seen apart from any unit. */
export type Source =
  | { readonly kind: "read"; readonly read: NestRead }
  | { readonly kind: "loop"; readonly loop: number }
  | { readonly kind: "immediate"; readonly immediate: Immediate }
  | { readonly kind: "compute"; readonly instruction: Instruction; readonly operands: readonly Source[] }
  | { readonly kind: "reduction"; readonly index: number; readonly type: LaneType };

/** The registers of a nest as sources. Reads of one-element constants, given by `literal`, become immediates. */
export function sourcesOf(
  nest: Nest,
  literal: (read: NestRead) => Immediate | null,
  typeOf: (source: Source) => LaneType,
): Source[] {
  const { pattern } = nest;
  const sources: Source[] = [];
  const add = (step: (typeof pattern.body)[number]): void => {
    const register = sources.length;
    if (step.kind === "read") {
      const read = nest.reads.find((candidate) => candidate.register === register);
      invariant(read !== undefined, `register ${register} reads nothing`);
      const immediate = literal(read);
      sources.push(immediate === null ? { kind: "read", read } : { kind: "immediate", immediate });
    } else if (step.kind === "loop") {
      const loop = nest.loopOf[step.loop];
      invariant(loop !== undefined, `pattern has no loop ${step.loop}`);
      sources.push(loop < 0 ? { kind: "immediate", immediate: { type: "i32", value: 0 } } : { kind: "loop", loop });
    } else {
      const operands = step.instruction.operands.map((operand): Source => {
        if (typeof operand !== "number") return { kind: "immediate", immediate: operand };
        const source = sources[operand];
        invariant(source !== undefined, `register ${operand} is used before it is set`);
        return source;
      });
      sources.push({ kind: "compute", instruction: step.instruction, operands });
    }
  };
  for (const step of pattern.body) add(step);
  pattern.reductions.forEach((reduction, index) => {
    const carried = reduction.gives === "index" ? sources[reduction.index ?? -1] : undefined;
    sources.push({ kind: "reduction", index, type: carried === undefined ? reduction.type : typeOf(carried) });
  });
  for (const step of pattern.epilogue) add(step);
  return sources;
}

/** Everything a set of sources is computed from, operands before users, each once. Stops at reductions. */
export function closure(roots: readonly Source[]): Source[] {
  const seen = new Set<Source>();
  const order: Source[] = [];
  const visit = (source: Source): void => {
    if (seen.has(source)) return;
    seen.add(source);
    if (source.kind === "compute") for (const operand of source.operands) visit(operand);
    order.push(source);
  };
  for (const root of roots) visit(root);
  return order;
}
