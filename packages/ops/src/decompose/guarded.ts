import { isWide } from "@rdu/tensor";
import type { Decompose, Decomposition } from "./decompose.ts";
import { KEEPER_GUARDS } from "./kept.ts";
import { type DecomposeRequest, type NodeBuilder, nodeBuilder } from "./node-builder.ts";
import { literal, type TensorRef } from "./pattern-writer.ts";
import { SHAPE_GUARDS, type ShapeGuard } from "./shape-guards.ts";
import { SIZE_GUARDS } from "./size-guards.ts";

/** The guard of a node whose result has a declared shape that its operands decide in the run; undefined where shapes are known. */
export function guardOf({ node, types, constant }: DecomposeRequest): ShapeGuard | undefined {
  const guard = SHAPE_GUARDS.get(node.op) ?? SIZE_GUARDS.get(node.op) ?? KEEPER_GUARDS.get(node.op);
  const open = guard?.inputs.some((index) => {
    const id = node.inputs[index] ?? null;
    const type = id === null ? undefined : types.get(id);
    const isEmpty = type?.kind === "tensor" && type.shape?.includes(0) === true;
    return id !== null && !isEmpty && constant(id) === undefined;
  });
  return open === true ? guard : undefined;
}

/** What the rewriting makes of the node, given on only where the run agrees with the declared shape. */
export function guardedPatterns(rewrite: Decompose, guard: ShapeGuard, request: DecomposeRequest): Decomposition {
  const { node } = request;
  const outer = nodeBuilder(request);
  const outputs = node.outputs.map((_, index) => outer.wanted(index));
  const unchecked = outputs.map((output) => output && outer.fresh("unchecked", output.dtype, output.shape));
  const types = new Map(request.types);
  for (const made of unchecked)
    if (made !== undefined) types.set(made.id, { kind: "tensor", dtype: made.dtype, shape: made.shape });
  const inner = nodeBuilder({
    ...request,
    types,
    node: { ...node, outputs: unchecked.map((made) => made?.id ?? null) },
  });
  const verdict = rewrite(inner);
  if (verdict !== undefined) return { kind: "host", reason: verdict.host };
  const holds = guard.holds(inner);
  const differs = holds && disagreement(outer, holds);
  outputs.forEach((output, index) => {
    const made = unchecked[index];
    if (output === undefined || made === undefined) return;
    if (differs === undefined) outer.view(made, output);
    else givenUnless(outer, differs, made, output);
  });
  const [body, check] = [inner.finish(), outer.finish()];
  return {
    kind: "patterns",
    nodes: [...body.nodes, ...check.nodes],
    constants: [...body.constants, ...check.constants],
    types: new Map([...body.types, ...check.types]),
  };
}

/** 0 where all of `holds` are true, else 1. */
function disagreement(b: NodeBuilder, holds: TensorRef): TensorRef {
  const differs = b.fresh("differs", "int32", []);
  b.pattern((p) => {
    const i = p.reduceLoop("i", holds.shape[0] ?? 1);
    const all = p.fold("and", p.read(holds, [i]));
    p.give(p.select(all, literal(0, "int32"), literal(1, "int32")), differs, []);
  });
  return differs;
}

/**
 * target = x where `differs` is 0. Otherwise the copy reads past the one element of the table named for it, which stops the run: a shape that
 * the model declares is never given to values of another. An empty result has no values, and is given as declared.
 */
function givenUnless(b: NodeBuilder, differs: TensorRef, x: TensorRef, target: TensorRef): void {
  const passed = b.table("shape_as_declared", { dtype: "bool", shape: [1], data: Uint8Array.of(1) });
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const pass = p.read(passed, [p.gathered(p.read(differs, []))]);
    const none = target.dtype === "bool" ? false : isWide(target.dtype) ? 0n : 0;
    p.give(p.select(pass, p.read(x, at), literal(none, target.dtype)), target, at);
  });
}
