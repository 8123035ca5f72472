import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

test("agrees with the platform for every length around a block, and for views", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index * 37) & 255);
  for (let length = 0; length <= 260; length += 1) {
    const view = bytes.subarray(3, 3 + length);
    expect(sha256(view)).toBe(createHash("sha256").update(view).digest("hex"));
  }
});
