import { OPERATORS } from "@rdu/ops";

/** How often each operator was drawn with which element types: counts by "Add f32". */
export class Coverage {
  readonly #counts = new Map<string, Map<string, number>>();

  add(drawn: string): void {
    const [op = "", types = ""] = drawn.split(" ");
    const counts = this.#counts.get(op) ?? new Map<string, number>();
    this.#counts.set(op, counts);
    counts.set(types, (counts.get(types) ?? 0) + 1);
  }

  get operators(): number {
    return this.#counts.size;
  }

  get combinations(): number {
    return [...this.#counts.values()].reduce((sum, counts) => sum + counts.size, 0);
  }

  /** A line for each operator, the commonest types first, and one for those of the registry that were never drawn. */
  lines(): string[] {
    const rows = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = rows.map(([op, counts]) => {
      const types = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      return `${op}: ${types.map(([type, count]) => `${type} ${count}`).join(", ")}`;
    });
    const missing = [...OPERATORS.keys()].filter((op) => !this.#counts.has(op)).sort();
    return [...lines, `never drawn: ${missing.join(" ") || "none"}`];
  }
}
