import { CompileError, type Diagnostic, type DiagnosticCode, diagnostic, didYouMean, within } from "@rdu/diagnostics";
import { type Constant, freshName, type Node, type ValueId, type ValueType } from "@rdu/ir";
import type { ExternalLength } from "./import-tensor.ts";
import type { AttributeProto, FunctionProto } from "./proto-types.ts";

/** What one import shares from end to end. */
export interface ImportContext {
  /** Local functions by `functionKey`. */
  readonly functions: ReadonlyMap<string, FunctionProto>;
  readonly externalLength?: ExternalLength;
  /** Everything found wrong so far; the import goes on to find more. */
  readonly problems: Diagnostic[];
  /** Nodes and calls seen so far: function calls in functions multiply. */
  nodeCount: number;
  /** Inputs of the model that the run feeds although they have an initializer. */
  readonly asInputs: ReadonlySet<string>;
}

/** Where a list of nodes stands: what its names, versions and attribute references mean. */
export interface Environment {
  readonly context: ImportContext;
  readonly scope: Scope;
  /** Version of the operators of each domain; the default domain is "". */
  readonly opsets: ReadonlyMap<string, number>;
  /** Inside a function: what `ref_attr_name` refers to, by attribute name. Undefined outside functions. */
  readonly bindings: ReadonlyMap<string, Binding> | undefined;
  /** Path of the function calls that lead here; "" outside functions. Prefix of every name. */
  readonly callPath: string;
  /** `callPath`, and the subgraphs that lead here. Prefix of nodes without a name. */
  readonly graphPath: string;
  /** Keys of the functions being expanded, outermost first. */
  readonly calls: readonly string[];
}

/** An attribute of a function call, together with the place it was written: a graph in it sees the names of that place. */
export interface Binding {
  readonly attribute: AttributeProto;
  readonly environment: Environment;
}

/** The graph that nodes are added to. A function's body lands in the graph of its call. */
export interface GraphParts {
  readonly nodes: Node[];
  readonly constants: Constant[];
  readonly types: Map<ValueId, ValueType>;
}

/** What a name of the model stands for: a value, or null for an optional input that a function call left out. */
export type Meaning = ValueId | null;

/**
 * Names of one graph or function body. A subgraph sees the names around it; a function sees only its own. Ids are those
 * names, unless a name around already has the id: an inner value of the same name gets a fresh one.
 */
export class Scope {
  readonly #meanings = new Map<string, Meaning>();
  readonly #outer: Scope | undefined;
  readonly #taken: Set<ValueId>;

  private constructor(outer: Scope | undefined, taken: Set<ValueId>) {
    this.#outer = outer;
    this.#taken = taken;
  }

  static ofModel(): Scope {
    return new Scope(undefined, new Set());
  }

  /** The scope of a subgraph inside this one. */
  inner(): Scope {
    return new Scope(this, new Set(this.#taken));
  }

  /** The scope of a function whose nodes are added to the graph of this one: no names seen, ids shared. */
  ofFunction(): Scope {
    return new Scope(undefined, this.#taken);
  }

  isDeclared(name: string): boolean {
    return this.#meanings.has(name);
  }

  /** A new value; its id is `wanted`, made unique. */
  declare(name: string, wanted = name): ValueId {
    const id = freshName(wanted, this.#taken);
    this.#meanings.set(name, id);
    return id;
  }

  /** Another name for something that has an id. */
  bind(name: string, meaning: Meaning): void {
    this.#meanings.set(name, meaning);
  }

  /** Undefined when the name is defined nowhere. */
  lookup(name: string): Meaning | undefined {
    const own = this.#meanings.get(name);
    return own === undefined ? this.#outer?.lookup(name) : own;
  }

  /** All names that are seen from here. */
  names(): string[] {
    const outer = this.#outer;
    return [...this.#meanings.keys(), ...(outer === undefined ? [] : outer.names())];
  }
}

/** Hint for a name that is defined nowhere. Comparing names is costly: the first few mistakes of a small graph get one. */
export function suggestion(context: ImportContext, scope: Scope, name: string): string | undefined {
  if (context.problems.length >= 10) return undefined;
  const names = scope.names();
  return names.length === 0 || names.length > 5000 ? undefined : didYouMean(name, names);
}

/** Notes a problem and goes on. */
export function report(
  context: ImportContext,
  code: DiagnosticCode,
  message: string,
  at: readonly string[],
  hint?: string,
): void {
  context.problems.push(diagnostic(code, message, hint === undefined ? { at } : { at, hint }));
}

/** Runs `work`; what it rejects is noted as found at `at`, and the answer is undefined. */
export function attempt<Result>(context: ImportContext, at: readonly string[], work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    context.problems.push(...error.diagnostics.map((found) => within(at, found)));
    return undefined;
  }
}

/** `domain`, "" for the default domain under either of its names. */
export function canonicalDomain(domain: string | null | undefined): string {
  return domain === "ai.onnx" || !domain ? "" : domain;
}

/** Name of an operator in a graph: the plain type in the default domain, else `domain.Type`. */
export function operatorName(domain: string, type: string): string {
  return domain === "" ? type : `${domain}.${type}`;
}

export function functionKey(domain: string, name: string, overload: string): string {
  return JSON.stringify([domain, name, overload]);
}

/** A path and what follows it, one "/" between. */
export function joinPath(path: string, rest: string): string {
  return path === "" ? rest : `${path}/${rest.replace(/^\/+/, "")}`;
}
