import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { reject } from "@rdu/diagnostics";

/** One model with data sets: a folder `<group>/<name>` with model.onnx in it. */
export interface ConformanceCase {
  readonly group: string;
  readonly name: string;
  readonly directory: string;
}

/**
 * The cases of a tree in order of group and name: `<group>/<case>/model.onnx`, or `<case>/model.onnx` where the folder itself is a group
 * (its name is then the group's). Rejects with E0903 when there is none, with E0902 when `filter` matches none or is no regular expression.
 */
export function findCases(folder: string, filter?: string): ConformanceCase[] {
  const pattern = filter === undefined ? undefined : regularExpression(filter);
  const direct = casesIn(folder, folder.replace(/\/+$/, "").split("/").at(-1) ?? "");
  const cases = [...direct, ...folders(folder).flatMap((group) => casesIn(join(folder, group), group))];
  if (cases.length === 0) reject("E0903", `${folder} holds no cases: expected <group>/<case>/model.onnx`);
  const wanted = cases.filter(({ group, name }) => pattern?.test(`${group}/${name}`) ?? true);
  if (wanted.length === 0) reject("E0902", `--filter ${filter ?? ""} matches none of ${cases.length} cases`);
  return wanted;
}

function casesIn(folder: string, group: string): ConformanceCase[] {
  return folders(folder)
    .filter((name) => existsSync(join(folder, name, "model.onnx")))
    .map((name) => ({ group, name, directory: join(folder, name) }));
}

function folders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    return reject("E0902", `--filter ${text}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
