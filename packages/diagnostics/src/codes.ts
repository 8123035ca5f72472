/**
 * Whose fault a diagnostic reports. `bug` is ours; every other class is about the model, the file or the command.
 * `usage` ends a command with exit code 2, `bug` with 70, the rest with 1.
 */
export type FaultClass = "model" | "unsupported" | "doesNotFit" | "corrupt" | "usage" | "bug";

export interface CodeRow {
  /** What is wrong, lower case, no full stop; the message of a diagnostic follows it after a colon. */
  readonly title: string;
  readonly class: FaultClass;
  /** What to do about it, when the place that reports knows nothing better. */
  readonly hint?: string;
}

/**
 * Every diagnostic this project can give. `E` is an error, `W` a warning that may be silenced by its id.
 * A code is never reused. The first two digits are the area:
 * 01 ONNX file, 02 shapes and types, 03 operators, 04 text forms, 05 chip and fit,
 * 06 placement and its checker, 07 PEF, 08 running, 09 command line and fusion rules.
 */
// biome-ignore format: a table
const TABLE = {
  E0101: { class: "corrupt",     title: "not an ONNX file", hint: "an ONNX file is a protobuf ModelProto; was it downloaded completely, or is it a Git LFS pointer?" },
  E0102: { class: "corrupt",     title: "the ONNX file is truncated or damaged", hint: "export or download the model again" },
  E0103: { class: "model",       title: "external data is missing", hint: "keep the external data files in the folder of the model" },
  E0104: { class: "model",       title: "external data path is not allowed", hint: "locations must be relative and stay inside the folder of the model" },
  E0105: { class: "corrupt",     title: "external data does not hold the tensor", hint: "the file is shorter than the offset and length that the model gives" },
  E0106: { class: "unsupported", title: "version is newer than this compiler knows", hint: "export for an older opset" },
  E0107: { class: "model",       title: "the graph is not well formed" },
  E0108: { class: "corrupt",     title: "tensor contents do not match its type and shape" },
  E0109: { class: "model",       title: "local function cannot be expanded" },
  E0110: { class: "model",       title: "the model has no graph" },

  E0201: { class: "model",       title: "shapes do not agree" },
  E0202: { class: "model",       title: "element types do not agree" },
  E0203: { class: "model",       title: "dimensions are not bound", hint: "bind each with --dim NAME=N, or the first with -b N" },
  E0204: { class: "model",       title: "wrong number of dimensions" },
  E0206: { class: "model",       title: "tensor is too large to address" },
  E0207: { class: "model",       title: "shape cannot be inferred" },

  E0301: { class: "unsupported", title: "unknown operator" },
  E0302: { class: "unsupported", title: "operator version is not supported" },
  E0303: { class: "model",       title: "attribute is missing or malformed" },
  E0304: { class: "model",       title: "wrong number of operands" },
  E0305: { class: "unsupported", title: "element type is not supported" },
  E0306: { class: "unsupported", title: "attribute value is not supported" },
  E0307: { class: "model",       title: "operand value is out of range" },

  E0401: { class: "model",       title: "syntax error" },
  E0402: { class: "model",       title: "string is not closed" },
  E0403: { class: "model",       title: "name is not defined" },
  E0404: { class: "model",       title: "name is defined twice" },
  E0405: { class: "model",       title: "number is out of range" },
  E0406: { class: "model",       title: "unexpected character" },
  E0407: { class: "model",       title: "the text breaks a rule of its level" },

  E0501: { class: "usage",       title: "unknown chip", hint: "rdu chips lists the presets; a .chip file may be given instead" },
  E0502: { class: "model",       title: "chip description is not valid" },
  E0503: { class: "doesNotFit",  title: "section does not fit the chip" },
  E0504: { class: "doesNotFit",  title: "tensors do not fit the memory" },
  E0505: { class: "doesNotFit",  title: "unit is beyond the limits of its kind" },

  E0602: { class: "doesNotFit",  title: "streams cannot be routed" },
  E0603: { class: "corrupt",     title: "the placement checker objects" },

  E0701: { class: "corrupt",     title: "not a PEF" },
  E0702: { class: "unsupported", title: "PEF version cannot be read", hint: "compile the model again with this version" },
  E0703: { class: "corrupt",     title: "the PEF is truncated" },
  E0704: { class: "corrupt",     title: "the PEF is damaged" },
  E0705: { class: "corrupt",     title: "the PEF is not valid" },
  E0706: { class: "corrupt",     title: "payload beside the PEF is missing or changed" },

  E0801: { class: "model",       title: "unknown input" },
  E0802: { class: "model",       title: "inputs are missing" },
  E0803: { class: "model",       title: "input has the wrong shape" },
  E0804: { class: "model",       title: "input has the wrong element type" },
  E0805: { class: "corrupt",     title: "the program deadlocks" },
  E0806: { class: "corrupt",     title: "the program reads memory that nothing wrote" },
  E0807: { class: "corrupt",     title: "the program leaves its address range" },
  E0809: { class: "model",       title: "host call failed" },
  E0810: { class: "corrupt",     title: "tensor file cannot be read" },
  E0811: { class: "model",       title: "values differ from what is expected" },
  E0812: { class: "corrupt",     title: "units disagree about a stream" },

  E0901: { class: "usage",       title: "unknown command or option" },
  E0902: { class: "usage",       title: "option value is not valid" },
  E0903: { class: "usage",       title: "file cannot be read" },
  E0904: { class: "usage",       title: "file cannot be written" },
  E0905: { class: "usage",       title: "fusion rules are not valid" },
  W0906: { class: "usage",       title: "fusion rule matches nothing" },
  E0907: { class: "model",       title: "golden differs" },
  E0908: { class: "model",       title: "golden checks nothing" },
} as const satisfies Record<`${"E" | "W"}${number}`, CodeRow>;

export type DiagnosticCode = keyof typeof TABLE;

export const CODES: Readonly<Record<DiagnosticCode, CodeRow>> = TABLE;

/** Where the documentation explains a code, relative to the root of the project. */
export function documentationOf(code: DiagnosticCode): string {
  return `docs/diagnostics.md#${code.toLowerCase()}`;
}

/** The exit code of a command that ends with this class of fault. */
export function exitCodeOf(fault: FaultClass): 1 | 2 | 70 {
  return fault === "bug" ? 70 : fault === "usage" ? 2 : 1;
}
