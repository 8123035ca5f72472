/** Default of an attribute as the table writes it; "required" when the node must give it. */
export type AttributeRow =
  | readonly [name: string, kind: string]
  | readonly [name: string, kind: string, rule: "required" | { readonly default: AttributeDefault }];

export type AttributeDefault = number | string | readonly (number | string)[];

/**
 * One version of one operator. Parameters read `name[?|*|**][minimum]: type`, separated by semicolons: `?` optional,
 * `*` variadic of one type, `**` variadic of any types. A type is concrete ("int64") or a variable; `types` lists what
 * each variable may be, separated by spaces.
 */
export type SignatureRow = readonly [
  name: string,
  since: number,
  inputs: string,
  outputs: string,
  types: Readonly<Record<string, string>>,
  attributes: readonly AttributeRow[],
];
