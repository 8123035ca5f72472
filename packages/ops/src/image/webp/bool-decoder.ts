import { ImageError } from "../raster.ts";

/** The arithmetic decoder of VP8: RFC 6386, section 7. Damaged data ends in an ImageError once it reads well beyond the end. */
export class BoolDecoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #range = 255;
  #value = 0;
  /** Bits of `value` below its top byte that are not yet used up. */
  #bits = -8;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#fill();
  }

  /** One bit that is 0 with a probability of `probability` / 256. */
  bit(probability = 128): 0 | 1 {
    const split = 1 + (((this.#range - 1) * probability) >> 8);
    if (this.#bits < 0) this.#fill();
    const big = split << this.#bits;
    const bit = this.#value >= big ? 1 : 0;
    if (bit === 1) {
      this.#range -= split;
      this.#value -= big;
    } else this.#range = split;
    while (this.#range < 128) {
      this.#range <<= 1;
      this.#bits -= 1;
    }
    return bit;
  }

  /** `width` bits, the highest first. */
  unsigned(width: number, probability = 128): number {
    let value = 0;
    for (let i = 0; i < width; i += 1) value = 2 * value + this.bit(probability);
    return value;
  }

  /** A flag, and behind it, when set, a magnitude of `width` bits and a sign. */
  optionalSigned(width: number): number {
    if (this.bit() === 0) return 0;
    const magnitude = this.unsigned(width);
    return this.bit() === 1 ? -magnitude : magnitude;
  }

  /** Takes bytes in until `value` has a whole one to compare with; zeros follow the data, as encoders may count on for two bytes. */
  #fill(): void {
    while (this.#bits < 0) {
      if (this.#at > this.#bytes.length + 2) throw new ImageError("the compressed data ends early");
      this.#value = this.#value * 256 + (this.#at < this.#bytes.length ? this.#bytes[this.#at]! : 0);
      this.#at += 1;
      this.#bits += 8;
    }
  }
}
