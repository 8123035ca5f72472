import type { Attribute } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { evaluateAs } from "../compose.ts";
import { tensorOf } from "../numeric/numbers.ts";
import type { EvaluateContext } from "../operator.ts";
import { clip } from "./select.ts";
import { UNARY } from "./unary.ts";

/** Activations that fused operators name, with the attributes of the standard operator in the order in which a list gives them. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  Softplus: [],
  Softsign: [],
  HardSwish: [],
  Elu: ["alpha"],
  LeakyRelu: ["alpha"],
  ThresholdedRelu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  Selu: ["alpha", "gamma"],
};

/** `y` under the activation that a fused operator names; `parameter` gives what the node says of an attribute, by name and place. */
export function activated(
  c: EvaluateContext,
  y: Tensor,
  parameter: (name: string, place: number) => number | undefined,
): Tensor {
  const name = c.attributes.string("activation", "");
  if (name === "" || name === "Identity") return y;
  if (name === "Clip") {
    const limits = ["min", "max"].map((limit, place) => parameter(limit, place));
    return evaluateAs(c, clip, [
      y,
      ...limits.map((limit) => (limit === undefined ? undefined : tensorOf(y.dtype, [], [limit]))),
    ]);
  }
  const names = PARAMETERS[name];
  const row = UNARY.find((unary) => unary.name === name);
  if (names === undefined || row === undefined) return c.reject(`activation ${name}`, "E0306");
  const attributes: Record<string, Attribute> = {};
  names.forEach((attribute, place) => {
    const value = parameter(attribute, place);
    if (value !== undefined) attributes[attribute] = { kind: "float", value };
  });
  return evaluateAs(c, row, [y], attributes);
}

/** Parameters as attributes `activation_alpha`, `activation_beta`, `activation_gamma`. */
export function namedParameter(c: Pick<EvaluateContext, "attributes">): (name: string) => number | undefined {
  return (name) => (c.attributes.has(`activation_${name}`) ? c.attributes.float(`activation_${name}`) : undefined);
}

/** Parameters as the list `activation_params`. */
export function listedParameter(
  c: Pick<EvaluateContext, "attributes">,
): (name: string, place: number) => number | undefined {
  const given = c.attributes.floats("activation_params", []);
  return (_, place) => given[place];
}
