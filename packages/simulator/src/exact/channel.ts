import type { LaneValue } from "@rdu/arithmetic";
import { invariant, reject } from "@rdu/diagnostics";
import type { Stream } from "@rdu/flow";
import { type Process, until, type Wait } from "./process.ts";

/** What travels: up to `lanes` elements, each a value of the stream's storage type. */
export type Vector = readonly LaneValue[];

/** One destination of a stream: a FIFO of at most `depth` vectors. */
export interface Fifo {
  readonly stream: Stream;
  /** The process that takes from it. */
  readonly consumer: string;
  readonly vectors: Vector[];
}

/** A stream at work: what is put in goes to every FIFO, once all of them have room. */
export interface Channel {
  readonly stream: Stream;
  /** The process that puts into it. */
  readonly producer: string;
  readonly fifos: readonly Fifo[];
}

export function* send(channel: Channel, vector: Vector): Process["life"] {
  const { stream, fifos, producer } = channel;
  if (vector.length > stream.lanes) {
    reject("E0812", `${producer} puts ${vector.length} elements on stream "${stream.name}" of ${stream.lanes} lanes`);
  }
  for (const fifo of fifos) {
    yield* until({
      for: `room in stream "${stream.name}"`,
      on: [fifo.consumer],
      ready: () => fifo.vectors.length < stream.depth,
    });
  }
  for (const fifo of fifos) {
    invariant(fifo.vectors.length < stream.depth, () => `stream "${stream.name}" has one sender, which has waited`);
    fifo.vectors.push(vector);
  }
}

/** Takes the next vector; it must have `lanes` elements. */
export function* receive(fifo: Fifo, producer: string, lanes: number): Generator<Wait, Vector> {
  const { stream, vectors, consumer } = fifo;
  yield* until({ for: `a vector of stream "${stream.name}"`, on: [producer], ready: () => vectors.length > 0 });
  const vector = vectors.shift()!;
  if (vector.length !== lanes) {
    reject("E0812", `${consumer} expects ${lanes} elements of stream "${stream.name}", found ${vector.length}`);
  }
  return vector;
}
