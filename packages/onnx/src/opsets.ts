import { reject } from "@rdu/diagnostics";
import { canonicalDomain } from "./import-context.ts";
import type { ModelProto, OperatorSetIdProto } from "./proto-types.ts";
import { toSafeInteger } from "./wire.ts";

/** The newest version of the file format that is known. */
export const NEWEST_IR_VERSION = 14;

/** The newest operator set of each domain of the standard that is known. */
export const NEWEST_OPSETS: Readonly<Record<string, number>> = {
  "": 28,
  "ai.onnx.ml": 6,
  "ai.onnx.preview": 1,
  "ai.onnx.preview.training": 1,
  "ai.onnx.training": 1,
};

/** Versions by domain, the default domain as "". */
export function opsetVersions(imports: readonly OperatorSetIdProto[]): ReadonlyMap<string, number> {
  return new Map(
    imports.map(({ domain, version }) => {
      const number = toSafeInteger(version ?? 0);
      const name = canonicalDomain(domain);
      if (number === undefined || number < 1) {
        reject(
          "E0107",
          `the version of ${name === "" ? "the operator set" : `domain "${name}"`} is ${version ?? "missing"}`,
        );
      }
      return [name, number];
    }),
  );
}

/**
 * The operator versions that a model uses. Models from before versions existed use version 1. Rejects with E0106 what is
 * newer than known: new versions change the meaning of operators.
 */
export function modelOpsets(model: ModelProto): ReadonlyMap<string, number> {
  const irVersion = toSafeInteger(model.irVersion ?? 0) ?? Number.POSITIVE_INFINITY;
  if (irVersion > NEWEST_IR_VERSION) {
    reject("E0106", `the file is of IR version ${model.irVersion}, known are versions to ${NEWEST_IR_VERSION}`);
  }
  const imports = model.opsetImport ?? [];
  if (imports.length === 0) return new Map([["", 1]]);
  const versions = opsetVersions(imports);
  for (const [domain, version] of versions) {
    const newest = NEWEST_OPSETS[domain];
    if (newest !== undefined && version > newest) {
      reject("E0106", `opset ${version} of domain "${domain || "ai.onnx"}", known are versions to ${newest}`);
    }
  }
  return versions;
}
