import { type CompileOptions, compileModel } from "@rdu/compiler";
import { joined } from "@rdu/pef";
import { load as loadPef } from "@rdu/runtime";
import type { Tolerance } from "@rdu/tensor";
import { compareOutputs } from "./compare-values.ts";
import { compileSource, environmentOf } from "./compile.ts";
import { programOf } from "./load.ts";
import type { ModelSource } from "./model-source.ts";
import { toleranceOf } from "./precision-tolerance.ts";
import { evaluateSource } from "./reference.ts";
import type { DataSet } from "./test-sets.ts";

/**
 * The first pass after which the results differ from the reference. The graph that each pass gives is compiled on with only what must be
 * done (-O0) and run, so the pass named is the first whose result means something else; "import" when the plain compilation of the
 * imported graph differs already. Null when all agree. What is stored narrow is in the graphs from the pass on that decides it.
 */
export async function firstDivergingPass(
  source: ModelSource,
  set: DataSet,
  options: CompileOptions,
  tolerance: Tolerance = toleranceOf(options.precision ?? "fp32", set.tolerance),
): Promise<string | null> {
  const dumps: { readonly pass: string; readonly text: string; readonly payloads: ReadonlyMap<string, Uint8Array> }[] =
    [];
  compileSource(source, options, {
    dump: (file, text, payloads) => {
      const name = /^\d+-(.*)\.graph$/.exec(file)?.[1];
      if (name !== undefined) dumps.push({ pass: name, text, payloads: payloads() });
    },
  });
  const expected = evaluateSource(source, set.inputs, options);
  for (const { pass, text, payloads } of dumps) {
    const graph = { kind: "graph", text, findPayload: (digest: string) => payloads.get(digest) } as const;
    const { bytes = [] } = compileModel(graph, { ...options, optimize: 0, precision: "fp32" }, environmentOf(source));
    const readWeight = ({ location, offset, length }: { location: string; offset: number; length: number }) =>
      source.readExternal(location, offset, length);
    const program = programOf(loadPef(joined(bytes), { readWeight }));
    const { outputs } = await program.run(set.inputs, { timing: false });
    if (compareOutputs(outputs, expected, tolerance).some(({ equal }) => !equal)) return pass;
  }
  return null;
}
