import { didYouMean, type Parser } from "@rdu/diagnostics";
import type { IndexExpression } from "../pattern.ts";

/** `2*i - j + r3 + 1`: loops by name, then registers, then the constant. `loopNames` are as written. */
export function printIndex(index: IndexExpression, loopNames: readonly string[]): string {
  const terms = [
    ...index.loops.map(({ loop, coefficient }) => ({ name: loopNames[loop] ?? `#${loop}`, coefficient })),
    ...(index.registers ?? []).map(({ register, coefficient }) => ({ name: `r${register}`, coefficient })),
  ];
  let text = "";
  const append = (magnitude: string, negative: boolean): void => {
    if (text === "") text = negative ? `-${magnitude}` : magnitude;
    else text += negative ? ` - ${magnitude}` : ` + ${magnitude}`;
  };
  for (const { name, coefficient } of terms) {
    const factor = Math.abs(coefficient);
    append(factor === 1 ? name : `${factor}*${name}`, coefficient < 0);
  }
  if (index.constant !== 0 || text === "") append(String(Math.abs(index.constant)), index.constant < 0);
  return text;
}

/** Reads a sum of terms `[n *] (loop | register)` and `n`, in any order. */
export function parseIndex(parser: Parser, loopNames: readonly string[]): IndexExpression {
  const loops: { loop: number; coefficient: number }[] = [];
  const registers: { register: number; coefficient: number }[] = [];
  let constant = 0;
  let sign = parser.accept("-") ? -1 : 1;
  for (;;) {
    const factor = parser.peek().kind === "int" ? parser.int("a factor", 0) : undefined;
    if (factor !== undefined && !parser.accept("*")) constant += sign * factor;
    else {
      const coefficient = sign * (factor ?? 1);
      const token = parser.peek();
      const name = parser.name("a loop, a register or a number");
      if (token.kind === "identifier" && /^r\d{1,9}$/.test(name)) {
        registers.push({ register: Number(name.slice(1)), coefficient });
      } else {
        const loop = loopNames.indexOf(name);
        if (loop < 0) parser.fail("E0403", `loop ${name}`, token, { hint: didYouMean(name, loopNames) });
        loops.push({ loop, coefficient });
      }
    }
    if (parser.accept("+")) sign = 1;
    else if (parser.accept("-")) sign = -1;
    else break;
  }
  return { constant, loops, ...(registers.length === 0 ? {} : { registers }) };
}
