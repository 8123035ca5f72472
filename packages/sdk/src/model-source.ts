import { realpathSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { reject } from "@rdu/diagnostics";
import type { Constant, ReadBytes } from "@rdu/ir";
import { constantTensor } from "@rdu/ir";
import type { ModelProto } from "@rdu/onnx";
import { checkExternalLocation, encodeModel, isInside } from "@rdu/onnx";
import type { Tensor } from "@rdu/tensor";
import { fileLength, readFile, readRange } from "./files.ts";

/** A model: the path of an ONNX file, its bytes, or a message built in memory (`onnx.IModelProto` of onnx-proto fits). */
export type Model = string | Uint8Array | ModelProto;

/** The bytes of a model and the way to the data files beside it. */
export interface ModelSource {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly readExternal: ReadBytes;
  readonly externalLength: (location: string) => number | undefined;
}

export function modelSource(model: Model): ModelSource {
  if (typeof model !== "string") {
    const none = (location: string): never => reject("E0103", `${location}: a model given as bytes has no folder`);
    return {
      name: "model.onnx",
      bytes: model instanceof Uint8Array ? model : encodeModel(model),
      readExternal: none,
      externalLength: () => undefined,
    };
  }
  const folder = dirname(resolve(model));
  return {
    name: basename(model),
    bytes: readFile(model),
    readExternal: (location, offset, length) => readRange(externalPath(folder, location), offset, length),
    externalLength: (location) => fileLength(externalPath(folder, location)),
  };
}

/** The path of a data file beside a model. Rejects with E0104 what leads out of its folder, through symbolic links too. */
export function externalPath(folder: string, location: string): string {
  const path = resolve(folder, checkExternalLocation(location));
  if (fileLength(path) === undefined) return path;
  const real = realpathSync(path);
  if (!isInside(realpathSync(folder), real))
    reject("E0104", `${JSON.stringify(location)} is a link that leads out of the folder of the model`);
  return path;
}

export function constantReader(source: ModelSource): (constant: Constant) => Tensor {
  return (constant) => constantTensor(constant, source.readExternal);
}
