import { OPERATORS, operatorsTable, signatureNames, signatureOf, sinceVersion, versionsOf } from "@rdu/ops";
import { describe, expect, it } from "vitest";

describe("the operator registry", () => {
  it("has a signature and a meaning for every operator", () => {
    const names = signatureNames();
    expect([...OPERATORS.keys()].filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => !OPERATORS.has(name))).toEqual([]);
  });

  it("finds the version that applies under an opset", () => {
    expect(sinceVersion("Add", 1)).toBe(1);
    expect(sinceVersion("Add", 12)).toBe(7);
    expect(sinceVersion("Add", 28)).toBe(14);
    expect(sinceVersion("LayerNormalization", 16)).toBe(1);
    expect(sinceVersion("Gelu", 19)).toBeUndefined();
    expect(sinceVersion("Upsample", 9)).toBe(9);
    expect(sinceVersion("Upsample", 12)).toBe(10);
    expect(sinceVersion("Nonsense", 20)).toBeUndefined();
    expect(versionsOf("Clip")).toEqual([1, 6, 11, 12, 13]);
  });

  it("reads parameters, types and attribute defaults of a signature", () => {
    const signature = signatureOf("Conv", 22);
    expect(signature?.inputs.map(({ name, type, option }) => [name, type, option])).toEqual([
      ["X", "T", "single"],
      ["W", "T", "single"],
      ["B", "T", "optional"],
    ]);
    expect(Object.entries(signature?.types ?? {})).toEqual([["T", ["bfloat16", "float16", "float32", "float64"]]]);
    expect(signature?.attributes.find(([name]) => name === "group")).toEqual(["group", "int", { default: 1 }]);
    const concat = signatureOf("Concat", 13)?.inputs[0];
    expect(concat).toEqual({ name: "inputs", type: "T", option: "variadic", heterogeneous: false, minimum: 1 });
    expect(signatureOf("Loop", 13)?.inputs.at(-1)).toMatchObject({ heterogeneous: true, minimum: 0 });
  });

  it("tells for every operator where it runs", () => {
    const table = operatorsTable();
    expect(table.map(({ name }) => name)).toEqual(signatureNames());
    expect(table.filter(({ where, summary }) => where !== "unsupported" && summary === "")).toEqual([]);
    expect(table.filter(({ where, reason }) => where === "host" && reason === undefined)).toEqual([]);
    expect(table.find(({ name }) => name === "Unique")).toMatchObject({ where: "host" });
  });
});
