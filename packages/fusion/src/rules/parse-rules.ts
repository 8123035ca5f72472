import { type Diagnostic, diagnostic, didYouMean, rejectErrors } from "@rdu/diagnostics";
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import type { FusionRule, RuleHeuristic, RuleNode } from "./rule.ts";

const RULE_KEYS = ["priority", "heuristic", "pattern"];
const NODE_KEYS = ["op_type", "child", "children", "included", "required", "match_first_option"];

/**
 * The fusion rules of a YAML file. Rejects (E0905) with everything that is wrong, each with its line.
 *
 *     ffn:
 *       priority: 5
 *       heuristic: SAFE_GEMM
 *       pattern:
 *         up:   {op_type: linear, child: act}
 *         act:  {op_type: [gelu, relu], child: down}
 *         down: {op_type: linear}
 */
export function parseRules(text: string, file = "fusion rules"): readonly FusionRule[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const found: Diagnostic[] = [];
  const rules: FusionRule[] = [];
  const placeOf = (node: unknown): string => {
    const offset = (node as Node | null | undefined)?.range?.[0];
    return offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  };
  const refuse = (node: unknown, message: string, hint?: string): undefined => {
    found.push(diagnostic("E0905", message, { at: [placeOf(node)], ...(hint === undefined ? {} : { hint }) }));
    return undefined;
  };
  for (const error of document.errors) {
    const [line] = error.linePos ?? [];
    found.push(
      diagnostic("E0905", error.message.split("\n")[0] ?? "", {
        at: [line === undefined ? file : `${file}:${line.line}`],
      }),
    );
  }
  const root = document.contents;
  if (document.errors.length === 0 && root !== null && !isMap(root)) refuse(root, "expected rules by name");
  if (isMap(root))
    for (const { key, value } of root.items) {
      const rule = ruleOf(textOf(key) ?? "", value, refuse);
      if (rule !== undefined) rules.push(rule);
    }
  rejectErrors(found);
  return rules.sort((a, b) => b.priority - a.priority);
}

type Refuse = (node: unknown, message: string, hint?: string) => undefined;

function ruleOf(name: string, value: unknown, refuse: Refuse): FusionRule | undefined {
  if (!isMap(value)) return refuse(value, `rule ${name}: expected priority, heuristic and pattern`);
  unknownKeys(value, RULE_KEYS, `rule ${name}`, refuse);
  const priority = value.get("priority") ?? 0;
  if (typeof priority !== "number") refuse(value, `rule ${name}: priority must be a number`);
  const pattern = value.get("pattern");
  if (!isMap(pattern) || pattern.items.length === 0)
    return refuse(value, `rule ${name}: a rule needs a pattern with nodes`);
  const nodes = pattern.items.flatMap(({ key, value: node }): RuleNode[] => {
    const made = nodeOf(`${name}.${textOf(key) ?? ""}`, textOf(key) ?? "", node, refuse);
    return made === undefined ? [] : [made];
  });
  const names = nodes.map((node) => node.name);
  for (const node of nodes)
    for (const next of [...node.children, ...node.alternatives])
      if (!names.includes(next))
        refuse(
          pattern,
          `rule ${name}: node ${node.name} names ${next}, which is not in the pattern`,
          didYouMean(next, names),
        );
  const heuristic = heuristicOf(name, value.get("heuristic", true), refuse);
  return {
    name,
    priority: typeof priority === "number" ? priority : 0,
    pattern: nodes,
    ...(heuristic === undefined ? {} : { heuristic }),
  };
}

function nodeOf(path: string, name: string, value: unknown, refuse: Refuse): RuleNode | undefined {
  if (!isMap(value)) return refuse(value, `node ${path}: expected {op_type: ...}`);
  unknownKeys(value, NODE_KEYS, `node ${path}`, refuse);
  const operators = namesIn(value, "op_type", path, refuse);
  const alternatives = namesIn(value, "match_first_option", path, refuse);
  if (operators.length === 0 && alternatives.length === 0)
    refuse(value, `node ${path}: needs op_type or match_first_option`);
  return {
    name,
    operators,
    alternatives,
    children: [...namesIn(value, "child", path, refuse), ...namesIn(value, "children", path, refuse)],
    included: flagIn(value, "included", path, refuse),
    required: flagIn(value, "required", path, refuse),
  };
}

function heuristicOf(rule: string, node: unknown, refuse: Refuse): RuleHeuristic | undefined {
  if (node === undefined || node === null) return undefined;
  if (isScalar(node)) return { name: String(node.value), parameters: {} };
  if (!isMap(node)) return refuse(node, `rule ${rule}: heuristic is a name, or {name: ..., parameter: value}`);
  const entries = node.items.map(
    ({ key, value }) => [textOf(key) ?? "", isScalar(value) ? value.value : null] as const,
  );
  const name = entries.find(([key]) => key === "name")?.[1];
  if (typeof name !== "string") return refuse(node, `rule ${rule}: heuristic needs a name`);
  const parameters = entries.filter(
    (entry): entry is readonly [string, string | number | boolean] =>
      entry[0] !== "name" && ["string", "number", "boolean"].includes(typeof entry[1]),
  );
  return { name, parameters: Object.fromEntries(parameters) };
}

function unknownKeys(map: YAMLMap, known: readonly string[], what: string, refuse: Refuse): void {
  for (const { key } of map.items) {
    const name = textOf(key) ?? "";
    if (!known.includes(name)) refuse(key, `${what}: unknown key ${name}`, didYouMean(name, known));
  }
}

function namesIn(map: YAMLMap, key: string, path: string, refuse: Refuse): readonly string[] {
  const value = map.get(key, true);
  if (value === undefined) return [];
  const items: readonly unknown[] = isSeq(value) ? value.items : [value];
  const names = items.map(textOf);
  if (names.some((name) => name === undefined)) refuse(value, `node ${path}: ${key} is a name or a list of names`);
  return names.filter((name) => name !== undefined);
}

function flagIn(map: YAMLMap, key: string, path: string, refuse: Refuse): boolean {
  const value = map.get(key) ?? true;
  if (typeof value !== "boolean") refuse(map, `node ${path}: ${key} is true or false`);
  return value === true;
}

function textOf(node: unknown): string | undefined {
  const value = isScalar(node) ? node.value : node;
  return typeof value === "string" ? value : undefined;
}
