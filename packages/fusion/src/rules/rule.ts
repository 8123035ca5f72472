/** A user's fusion rule: operators of the graph that belong in one section. */
export interface FusionRule {
  readonly name: string;
  /** Higher wins where matches overlap; equal ones in the order of the file. */
  readonly priority: number;
  readonly heuristic?: RuleHeuristic;
  readonly pattern: readonly RuleNode[];
}

export interface RuleHeuristic {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** One node of the pattern. The first node of a rule is its root: the match starts there and follows the children. */
export interface RuleNode {
  readonly name: string;
  /** Operators it may be, in ONNX or framework names. Empty: only alternatives. */
  readonly operators: readonly string[];
  /** Nodes that use a result of this one, by name. */
  readonly children: readonly string[];
  /** False: must match, but is not fused. */
  readonly included: boolean;
  /** False: may be absent; what follows it then follows its parent. */
  readonly required: boolean;
  /** Names of nodes tried in order; the first that matches stands for this one. */
  readonly alternatives: readonly string[];
}
