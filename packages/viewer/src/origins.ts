/** Numbers ONNX nodes in the order in which they are met. */
export class OriginTable {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  numbersOf(origin: readonly string[]): number[] {
    return origin.map((name) => {
      const known = this.#numbers.get(name);
      if (known !== undefined) return known;
      this.#numbers.set(name, this.names.length);
      return this.names.push(name) - 1;
    });
  }
}
