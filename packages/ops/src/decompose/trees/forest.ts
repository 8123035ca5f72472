import { numberAt, type Tensor } from "@rdu/tensor";
import type { Attributes } from "../../attributes.ts";

/** A leaf adds (or proposes) `weight` to the score of `target`. */
export interface Share {
  readonly target: number;
  readonly weight: number;
}

/** What a comparison says: which outcomes of x against `value` take the true branch; "missing" is that of a NaN. */
export interface Choice {
  readonly feature: number;
  readonly value: number;
  readonly taken: Readonly<Record<Outcome, boolean>>;
  readonly yes: number;
  readonly no: number;
}

export const OUTCOMES = ["less", "equal", "greater", "missing"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** All trees as one table: the leaves first, the choices behind them; nodes are numbered through. */
export interface Forest {
  readonly leaves: readonly (readonly Share[])[];
  readonly choices: readonly Choice[];
  readonly roots: readonly number[];
  /** Choices on the longest way from a root to a leaf. */
  readonly depth: number;
}

/** A node as a list of the operator's attributes has it. */
export interface Node {
  readonly mode: string;
  readonly feature: number;
  readonly value: number;
  readonly missingIsTrue: boolean;
  /** Of BRANCH_MEMBER: the set. */
  readonly members?: readonly number[];
  readonly yes: string;
  readonly no: string;
}

const TAKEN: Readonly<Record<string, readonly Outcome[]>> = {
  BRANCH_LEQ: ["less", "equal"],
  BRANCH_LT: ["less"],
  BRANCH_GTE: ["greater", "equal"],
  BRANCH_GT: ["greater"],
  BRANCH_EQ: ["equal"],
  // What is not a number differs from every number.
  BRANCH_NEQ: ["less", "greater", "missing"],
};

/**
 * Lays trees out that are given by name: `node` gives an inner node, `leaf` a leaf's shares; undefined from both, or a way that comes back to
 * itself, is a model at fault and gives undefined.
 */
export function layOut(
  roots: readonly string[],
  node: (name: string) => Node | undefined,
  leaf: (name: string) => readonly Share[] | undefined,
): Forest | undefined {
  const leaves: (readonly Share[])[] = [];
  const choices: Choice[] = [];
  const numbers = new Map<string, number>();
  const heights: number[] = [];
  const open = new Set<string>();
  const put = (choice: Choice, height: number): number => {
    choices.push(choice);
    heights.push(height);
    // Choices count down from -1 until the number of leaves is known.
    return -choices.length;
  };
  const height = (number: number): number => (number >= 0 ? 0 : heights[-number - 1]!);
  /** Nodes of a deep tree are many, so the way down is a list and no recursion. */
  const numberOf = (root: string): number | undefined => {
    const way = [root];
    while (way.length > 0) {
      const name = way.at(-1)!;
      const shares = leaf(name);
      const inner = shares === undefined ? node(name) : undefined;
      if (numbers.has(name)) way.pop();
      else if (shares !== undefined) {
        numbers.set(name, leaves.push(shares) - 1);
        way.pop();
      } else if (inner === undefined) return undefined;
      else {
        const missing = [inner.yes, inner.no].filter((child) => !numbers.has(child));
        if (missing.length > 0) {
          if (open.has(name)) return undefined;
          open.add(name);
          way.push(...missing);
          continue;
        }
        const made = written(inner, numbers.get(inner.yes)!, numbers.get(inner.no)!, put, height);
        if (made === undefined) return undefined;
        numbers.set(name, made);
        open.delete(name);
        way.pop();
      }
    }
    return numbers.get(root);
  };
  const found = roots.map(numberOf);
  if (found.includes(undefined)) return undefined;
  const settled = (number: number): number => (number >= 0 ? number : leaves.length - 1 - number);
  return {
    leaves,
    choices: choices.map((choice) => ({ ...choice, yes: settled(choice.yes), no: settled(choice.no) })),
    roots: found.map((number) => settled(number!)),
    depth: Math.max(0, ...found.map((number) => height(number!))),
  };
}

function written(
  { mode, feature, value, missingIsTrue, members }: Node,
  yes: number,
  no: number,
  put: (choice: Choice, height: number) => number,
  height: (number: number) => number,
): number | undefined {
  const above = (choice: Omit<Choice, "feature" | "taken">, outcomes: readonly Outcome[]): number => {
    const taken = {
      less: outcomes.includes("less"),
      equal: outcomes.includes("equal"),
      greater: outcomes.includes("greater"),
      missing: missingIsTrue || outcomes.includes("missing"),
    };
    return put({ ...choice, feature, taken }, 1 + Math.max(height(choice.yes), height(choice.no)));
  };
  if (mode !== "BRANCH_MEMBER") {
    const outcomes = TAKEN[mode];
    return outcomes && above({ value, yes, no }, outcomes);
  }
  // A set is searched by halves; a missing value that counts as true goes down the lower ones and is found.
  const search = (set: readonly number[]): number => {
    if (set.length === 0) return missingIsTrue ? above({ value: 0, yes, no }, []) : no;
    if (set.length === 1) return above({ value: set[0]!, yes, no }, ["equal"]);
    const middle = set.length >> 1;
    return above({ value: set[middle]!, yes: search(set.slice(0, middle)), no: search(set.slice(middle)) }, ["less"]);
  };
  return search([...new Set(members)].sort((a, b) => a - b));
}

/** Attributes that may be given as floats or, from version 3, as a tensor. */
export function reals(attributes: Attributes, name: string): readonly number[] {
  if (attributes.has(`${name}_as_tensor`)) return elements(attributes.tensor(`${name}_as_tensor`));
  return attributes.has(name) ? attributes.floats(name) : [];
}

export function elements(list: Tensor): readonly number[] {
  return Array.from({ length: list.data.length }, (_, i) => numberAt(list, i));
}
