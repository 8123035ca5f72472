/**
 * Draws for generators too branched for combinators: a small seeded generator (mulberry32). A failing test prints the
 * seed, which repeats it; nothing shrinks.
 */
export class RandomDraw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 32 random bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to `most`, inclusive. */
  nat(most: number): number {
    return this.bits() % (most + 1);
  }

  integer(least: number, most: number): number {
    return least + this.nat(most - least);
  }

  flip(): boolean {
    return this.nat(1) === 1;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.nat(items.length - 1)]!;
  }

  /** Up to `most` items. */
  many<Item>(most: number, make: () => Item): Item[] {
    return Array.from({ length: this.nat(most) }, make);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.nat(255));
  }

  /** Any double: special values, short decimals, any bits. */
  double(): number {
    const special = [0, -0, 1, -1, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, 1e300];
    if (this.flip()) return this.pick(special);
    if (this.flip()) return this.integer(-1000, 1000) / 8;
    return new Float64Array(Uint32Array.of(this.bits(), this.bits()).buffer)[0]!;
  }

  /** Any double that 32 bits hold. */
  single(): number {
    if (this.flip()) return Math.fround(this.double());
    return new Float32Array(Uint32Array.of(this.bits()).buffer)[0]!;
  }

  /** Any integer of 64 bits. */
  int64(): bigint {
    const bits = (BigInt(this.bits()) << 32n) | BigInt(this.bits());
    return BigInt.asIntN(64, this.flip() ? bits : BigInt(this.integer(-9, 9)));
  }

  text(most = 6): string {
    const characters = 'ab09_./:->%" \\\n\t,[]{}é=@\u0000😀#';
    return this.many(most, () => this.pick([...characters])).join("");
  }
}
