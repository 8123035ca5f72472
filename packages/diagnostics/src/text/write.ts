/** A name that reads back as one identifier token and is no number word. */
const PLAIN_NAME = /^(?!.*\/\/)(?:[A-Za-z_]|\/(?=[A-Za-z0-9_]))(?:[A-Za-z0-9_./-]|:(?=[0-9]))*(?<![-/])$/;
const PLAIN_VALUE = /^(?!.*\/\/)(?:[A-Za-z0-9_.]|\/(?=[A-Za-z0-9_]))(?:[A-Za-z0-9_./-]|:(?=[0-9]))*(?<![-/])$/;
const NUMBER_WORDS: ReadonlySet<string> = new Set(["inf", "nan"]);

/** A name as an identifier, or as a string when it is not a plain one or is among the `reserved` words. */
export function writeName(name: string, reserved: ReadonlySet<string> = NUMBER_WORDS): string {
  const plain = PLAIN_NAME.test(name) && !reserved.has(name) && !NUMBER_WORDS.has(name);
  return plain ? name : writeString(name);
}

/** The name of a value with its `%`. */
export function writeValueName(name: string): string {
  return `%${PLAIN_VALUE.test(name) ? name : writeString(name)}`;
}

export function writeString(text: string): string {
  return JSON.stringify(text);
}

/**
 * The shortest decimal that reads back as the same number: `1.0`, `0.1`, `1e-7`, `-0.0`, `inf`, `-inf`, `nan`.
 * Always distinguishable from an integer. For `f32`, `value` must be exactly representable in 32 bits, and the text is
 * the shortest that rounds to it in 32 bits. Signs and payloads of NaN are not kept.
 */
export function writeFloat(value: number, format: "f32" | "f64" = "f64"): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const text = String(format === "f32" ? shortest32(value) : value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function shortest32(value: number): number {
  for (let digits = 1; digits < 10; digits += 1) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
