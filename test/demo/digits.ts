import type { Tensor } from "@rdu/sdk";

const SHADES = " .:-=+*#%@";

/** 8 x 8 grey values in 0 to 1, two characters a pixel, digits side by side. */
export function drawDigits(pixels: Float32Array, count: number): string {
  return Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: count }, (_, digit) => {
      const start = digit * 64 + row * 8;
      return Array.from(pixels.subarray(start, start + 8), shade).join("");
    })
      .join("  ")
      .trimEnd(),
  ).join("\n");
}

function shade(grey: number): string {
  const character = SHADES[Math.min(SHADES.length - 1, Math.floor(grey * SHADES.length))] ?? " ";
  return character + character;
}

/** The class of a sample: where its logit is largest. */
export function labelOf({ data, shape }: Tensor, sample: number): number {
  const classes = shape.at(-1) ?? 0;
  const logits = Array.from(data.slice(sample * classes, (sample + 1) * classes), Number);
  return logits.indexOf(Math.max(...logits));
}

/** How many of the samples are read as their labels say. */
export function accuracyOf(logits: Tensor, labels: readonly number[]): number {
  return labels.filter((label, sample) => labelOf(logits, sample) === label).length;
}
