import { invariant } from "@rdu/diagnostics";
import { CONTRIB_SIGNATURES } from "./contrib-signatures.ts";
import { ONNX_SIGNATURES } from "./onnx-signatures.ts";
import type { AttributeRow, SignatureRow } from "./signature-row.ts";

export interface Parameter {
  readonly name: string;
  /** A type variable of the signature, or a concrete type: "int64", "sequence(float32)". */
  readonly type: string;
  readonly option: "single" | "optional" | "variadic";
  /** Variadic: every operand may have its own type. */
  readonly heterogeneous: boolean;
  /** Variadic: how many at least. */
  readonly minimum: number;
}

/** What the standard says about one version of an operator before its meaning. */
export interface Signature {
  readonly name: string;
  readonly since: number;
  readonly inputs: readonly Parameter[];
  readonly outputs: readonly Parameter[];
  /** What each type variable may be. */
  readonly types: Readonly<Record<string, readonly string[]>>;
  readonly attributes: readonly AttributeRow[];
}

const ROWS = new Map<string, SignatureRow[]>();
for (const row of [...ONNX_SIGNATURES, ...CONTRIB_SIGNATURES]) {
  const versions = ROWS.get(row[0]);
  if (versions === undefined) ROWS.set(row[0], [row]);
  else versions.push(row);
}
for (const versions of ROWS.values()) versions.sort((a, b) => a[1] - b[1]);
const PARSED = new Map<SignatureRow, Signature>();

/** Names of every operator with a signature, whether or not it has a meaning here. */
export function signatureNames(): readonly string[] {
  return [...ROWS.keys()].sort();
}

/** Since-versions of an operator, ascending. */
export function versionsOf(name: string): readonly number[] {
  return (ROWS.get(name) ?? []).map(([, since]) => since);
}

/** The since-version that applies under an opset; undefined when the operator is unknown or younger. */
export function sinceVersion(name: string, opset: number): number | undefined {
  return signatureOf(name, opset)?.since;
}

/** The signature that applies under an opset (or under a since-version). */
export function signatureOf(name: string, opset: number): Signature | undefined {
  const row = (ROWS.get(name) ?? []).findLast((candidate) => candidate[1] <= opset);
  return row === undefined ? undefined : parsed(row);
}

function parsed(row: SignatureRow): Signature {
  const known = PARSED.get(row);
  if (known !== undefined) return known;
  const [name, since, inputs, outputs, types, attributes] = row;
  const signature: Signature = {
    name,
    since,
    inputs: parameters(inputs),
    outputs: parameters(outputs),
    types: Object.fromEntries(Object.entries(types).map(([variable, set]) => [variable, set.split(" ")])),
    attributes,
  };
  PARSED.set(row, signature);
  return signature;
}

function parameters(text: string): readonly Parameter[] {
  if (text === "") return [];
  return text.split("; ").map((one) => {
    const match = /^(.*?)(\?|\*\*?)?(\d*): (.*)$/.exec(one);
    invariant(match !== null, () => `signature table: "${one}" is not a parameter`);
    const [, name = "", mark = "", minimum = "", type = ""] = match;
    const plain = mark === "" ? name + minimum : name;
    return {
      name: plain,
      type,
      option: mark === "" ? "single" : mark === "?" ? "optional" : "variadic",
      heterogeneous: mark === "**",
      minimum: mark.startsWith("*") && minimum !== "" ? Number(minimum) : 1,
    };
  });
}
