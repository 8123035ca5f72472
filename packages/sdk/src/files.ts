import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { reject } from "@rdu/diagnostics";

/** One read of the system takes less than 2 GiB. */
const MOST_BYTES_A_READ = 2 ** 30;

/** The whole of a file. Rejects with E0903 when it cannot be read. */
export function readFile(path: string): Uint8Array {
  return withFile(path, (file, length) => readFully(file, path, 0, length));
}

/** The whole of a text file in UTF-8. Rejects with E0903 when it cannot be read. */
export function readText(path: string): string {
  return new TextDecoder().decode(readFile(path));
}

/** A range of a file. Rejects with E0903 when it cannot be read, with E0105 when it ends before the range does. */
export function readRange(path: string, offset: number, length: number): Uint8Array {
  return withFile(path, (file, fileLength) => {
    if (offset + length > fileLength) {
      reject("E0105", `${path} has ${fileLength} bytes, expected ${length} from byte ${offset}`);
    }
    return readFully(file, path, offset, length);
  });
}

/** Length of a file in bytes; undefined when there is none. */
export function fileLength(path: string): number | undefined {
  return existsSync(path) ? withFile(path, (_, length) => length) : undefined;
}

/** Writes a file whole or not at all: into a neighbour first, which then takes its name. Makes the folder. */
export function writeFile(path: string, pieces: readonly Uint8Array[] | string): void {
  const temporary = `${path}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, "w");
    try {
      const all = typeof pieces === "string" ? [new TextEncoder().encode(pieces)] : pieces;
      for (const piece of all) writeFully(file, piece);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary);
    reject("E0904", `${path}: ${reasonOf(error)}`);
  }
}

function withFile<Result>(path: string, work: (file: number, length: number) => Result): Result {
  let file: number;
  let length: number;
  try {
    file = openSync(path, "r");
    const stats = fstatSync(file);
    if (stats.isDirectory()) {
      closeSync(file);
      reject("E0903", `${path} is a folder`);
    }
    length = stats.size;
  } catch (error) {
    if (error instanceof Error && !("code" in error)) throw error;
    reject("E0903", `${path}: ${reasonOf(error)}`);
  }
  try {
    return work(file, length);
  } finally {
    closeSync(file);
  }
}

function readFully(file: number, path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const wanted = Math.min(length - done, MOST_BYTES_A_READ);
    const read = readSync(file, bytes, done, wanted, offset + done);
    if (read === 0) reject("E0903", `${path} ended after ${offset + done} bytes while it was read`);
    done += read;
  }
  return bytes;
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, MOST_BYTES_A_READ));
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "permission denied",
    ENOTDIR: "a part of the path is no folder",
    EEXIST: "a part of the path is no folder",
    EISDIR: "it is a folder",
    ENOSPC: "no space is left",
  };
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}
