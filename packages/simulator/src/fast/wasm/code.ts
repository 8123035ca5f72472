import { signed, signed32, unsigned } from "./leb128.ts";
import { OP, TYPES, V, type WasmType } from "./opcodes.ts";

/** Index of a parameter or local of the function being written. */
export type Local = number;

/** The body of one WebAssembly function in the making. Exists until `finish`. */
export class Code {
  readonly #bytes: number[] = [];
  readonly #params: number;
  readonly #locals: WasmType[] = [];
  readonly #prologue: number[] = [];
  readonly #constants = new Map<string, Local>();

  constructor(params: number) {
    this.#params = params;
  }

  local(type: WasmType): Local {
    this.#locals.push(type);
    return this.#params + this.#locals.length - 1;
  }

  op(opcode: number): void {
    this.#bytes.push(opcode);
  }

  /** A saturating truncation. */
  truncate(opcode: number): void {
    this.#bytes.push(0xfc, opcode);
  }

  simd(opcode: number): void {
    this.#bytes.push(0xfd);
    unsigned(this.#bytes, opcode);
  }

  /** extract_lane and replace_lane. */
  lane(opcode: number, lane: number): void {
    this.simd(opcode);
    this.#bytes.push(lane);
  }

  /** A scalar load or store; the address is on the stack. */
  memory(opcode: number, offset: number): void {
    this.#bytes.push(opcode, 0);
    unsigned(this.#bytes, offset);
  }

  /** A vector load or store. */
  vectorMemory(opcode: number, offset: number): void {
    this.simd(opcode);
    this.#bytes.push(0);
    unsigned(this.#bytes, offset);
  }

  laneMemory(opcode: number, offset: number, lane: number): void {
    this.vectorMemory(opcode, offset);
    this.#bytes.push(lane);
  }

  get(local: Local): void {
    this.#bytes.push(0x20);
    unsigned(this.#bytes, local);
  }

  set(local: Local): void {
    this.#bytes.push(0x21);
    unsigned(this.#bytes, local);
  }

  tee(local: Local): void {
    this.#bytes.push(0x22);
    unsigned(this.#bytes, local);
  }

  /** Keeps what is on the stack in a new local. */
  keep(type: WasmType): Local {
    const local = this.local(type);
    this.set(local);
    return local;
  }

  i32(value: number): void {
    this.#bytes.push(0x41);
    signed32(this.#bytes, value);
  }

  i64(value: bigint): void {
    this.#bytes.push(0x42);
    signed(this.#bytes, BigInt.asIntN(64, value));
  }

  f32(value: number): void {
    this.#bytes.push(0x43, ...new Uint8Array(Float32Array.of(value).buffer));
  }

  f64(value: number): void {
    this.#bytes.push(0x44, ...new Uint8Array(Float64Array.of(value).buffer));
  }

  /** Four 32-bit lanes. Set once at the start of the function: V8 from Node 24 on would make a constant in a loop anew each time. */
  v128(lanes: Int32Array | Float32Array): void {
    const bytes = new Uint8Array(lanes.buffer);
    const key = bytes.join();
    let local = this.#constants.get(key);
    if (local === undefined) {
      local = this.local("v128");
      this.#constants.set(key, local);
      this.#prologue.push(0xfd, V.const, ...bytes, 0x21);
      unsigned(this.#prologue, local);
    }
    this.get(local);
  }

  /** i8x16.shuffle that moves whole 32-bit lanes: 0 .. 3 of the first operand, 4 .. 7 of the second. */
  shuffle32(lanes: readonly number[]): void {
    this.simd(V.shuffle);
    for (const lane of lanes) for (let byte = 0; byte < 4; byte += 1) this.#bytes.push(4 * lane + byte);
  }

  call(index: number): void {
    this.#bytes.push(0x10);
    unsigned(this.#bytes, index);
  }

  /** Repeats `body` until the condition that it leaves on the stack is 0. */
  repeat(body: () => void): void {
    this.#bytes.push(0x03, 0x40);
    body();
    this.#bytes.push(0x0d, 0, OP.end);
  }

  /** Takes a condition. With `type`, both branches leave a value. */
  if(then: () => void, otherwise?: () => void, type?: WasmType): void {
    this.#bytes.push(0x04, type === undefined ? 0x40 : TYPES[type]);
    then();
    if (otherwise !== undefined) {
      this.#bytes.push(OP.else);
      otherwise();
    }
    this.#bytes.push(OP.end);
  }

  /** local += constant. */
  increase(local: Local, by: number): void {
    this.get(local);
    this.i32(by);
    this.op(OP.i32Add);
    this.set(local);
  }

  /** local += other * times. */
  increaseBy(local: Local, other: Local, times: number): void {
    this.get(local);
    this.get(other);
    if (times !== 1) {
      this.i32(times);
      this.op(OP.i32Mul);
    }
    this.op(OP.i32Add);
    this.set(local);
  }

  /** The function as it stands in the code section, without its length. */
  finish(): number[] {
    const bytes: number[] = [];
    const runs: { type: WasmType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count += 1;
      else runs.push({ type, count: 1 });
    }
    unsigned(bytes, runs.length);
    for (const { type, count } of runs) {
      unsigned(bytes, count);
      bytes.push(TYPES[type]);
    }
    for (const byte of this.#prologue) bytes.push(byte);
    for (const byte of this.#bytes) bytes.push(byte);
    bytes.push(OP.end);
    return bytes;
  }
}
