import { unsigned } from "./leb128.ts";
import { TYPES, type WasmType } from "./opcodes.ts";

export interface Signature {
  readonly params: readonly WasmType[];
  readonly results: readonly WasmType[];
}

export interface FunctionImport {
  readonly name: string;
  readonly signature: Signature;
}

/** A function of i32 parameters without a result. */
export interface KernelFunction {
  readonly params: number;
  readonly code: readonly number[];
}

/**
 * The bytes of a module that imports memory `env.memory` and functions `env.<name>`, and exports function i as "i". Functions call the
 * imports by their place in `imports`.
 */
export function encodeModule(
  imports: readonly FunctionImport[],
  functions: readonly KernelFunction[],
): Uint8Array<ArrayBuffer> {
  const signatures = [
    ...imports.map(({ signature }) => signature),
    ...functions.map(({ params }): Signature => ({ params: new Array<WasmType>(params).fill("i32"), results: [] })),
  ];
  const types = [...new Set(signatures.map(keyOf))];
  const typeOf = (signature: Signature): number => types.indexOf(keyOf(signature));
  const bytes: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  section(bytes, 1, types.map(bytesOfKey));
  section(bytes, 2, [
    [...text("env"), ...text("memory"), 2, 0, 0],
    ...imports.map(({ name, signature }) => [...text("env"), ...text(name), 0, ...number(typeOf(signature))]),
  ]);
  const own = signatures.slice(imports.length);
  section(
    bytes,
    3,
    own.map((signature) => number(typeOf(signature))),
  );
  section(
    bytes,
    7,
    functions.map((_, index) => [...text(String(index)), 0, ...number(imports.length + index)]),
  );
  section(
    bytes,
    10,
    functions.map(({ code }) => [...number(code.length), ...code]),
  );
  return Uint8Array.from(bytes);
}

function keyOf({ params, results }: Signature): string {
  return `${params.join(",")}>${results.join(",")}`;
}

function bytesOfKey(key: string): number[] {
  const vector = (list: string | undefined): number[] => {
    const types = (list ?? "").split(",").filter((type) => type !== "");
    return [...number(types.length), ...types.map((type) => TYPES[type as WasmType])];
  };
  const [params, results] = key.split(">");
  return [0x60, ...vector(params), ...vector(results)];
}

function section(bytes: number[], id: number, entries: readonly (readonly number[])[]): void {
  const content = number(entries.length);
  for (const entry of entries) for (const byte of entry) content.push(byte);
  bytes.push(id, ...number(content.length));
  for (const byte of content) bytes.push(byte);
}

function text(value: string): number[] {
  return [...number(value.length), ...[...value].map((character) => character.charCodeAt(0))];
}

function number(value: number): number[] {
  const bytes: number[] = [];
  unsigned(bytes, value);
  return bytes;
}
