/**
 * A rule as plain data: it is made once, where rules are judged, and goes over to whoever decides as
 * a structured clone or as JSON. Nothing in it is text that would have to be parsed again.
 */
export interface PlainRule {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly principal: PlainScope;
  readonly action: PlainScope;
  readonly resource: PlainScope;
  /** All of it must be true. */
  readonly condition: PlainExpression;
}

export type PlainScope =
  | { readonly op: 'all' }
  | { readonly op: '=='; readonly entity: PlainUid }
  | { readonly op: 'in'; readonly entities: readonly PlainUid[] }
  | { readonly op: 'is'; readonly type: string; readonly in?: PlainUid };

export interface PlainUid {
  readonly type: string;
  readonly id: string;
}

/** Text where it is no safe integer. */
export type PlainLong = number | string;

export type PlainValue =
  | boolean
  | number
  | string
  | { readonly kind: 'long'; readonly digits: string }
  | { readonly kind: 'entity'; readonly type: string; readonly id: string }
  | { readonly kind: 'set'; readonly items: readonly PlainValue[] }
  | { readonly kind: 'record'; readonly members: readonly (readonly [string, PlainValue])[] }
  | { readonly kind: 'decimal' | 'datetime' | 'duration'; readonly long: PlainLong }
  | {
      readonly kind: 'ip';
      readonly version: 4 | 6;
      readonly address: string;
      readonly prefix: number;
    };

export const binaryOperators = [
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  'in',
  'contains',
  'containsAll',
  'containsAny',
  'hasTag',
  'getTag',
] as const;

export type BinaryOperator = (typeof binaryOperators)[number];

export const unaryOperators = ['!', 'neg', 'isEmpty'] as const;

export type UnaryOperator = (typeof unaryOperators)[number];

export const variables = ['principal', 'action', 'resource', 'context'] as const;

export type Variable = (typeof variables)[number];

export type PlainExpression =
  | { readonly op: 'value'; readonly value: PlainValue }
  /** Always an error, found when the rule was read. */
  | { readonly op: 'failure'; readonly message: string }
  | { readonly op: 'variable'; readonly name: Variable }
  | { readonly op: 'all'; readonly parts: readonly PlainExpression[] }
  | { readonly op: 'any'; readonly parts: readonly PlainExpression[] }
  | { readonly op: 'unary'; readonly by: UnaryOperator; readonly argument: PlainExpression }
  | {
      readonly op: 'binary';
      readonly by: BinaryOperator;
      readonly left: PlainExpression;
      readonly right: PlainExpression;
    }
  | { readonly op: 'get'; readonly left: PlainExpression; readonly name: string }
  | { readonly op: 'has'; readonly left: PlainExpression; readonly names: readonly string[] }
  /** The parts between the wildcards. */
  | { readonly op: 'like'; readonly left: PlainExpression; readonly pattern: readonly string[] }
  | {
      readonly op: 'is';
      readonly left: PlainExpression;
      readonly type: string;
      readonly in?: PlainExpression;
    }
  | {
      readonly op: 'if';
      readonly test: PlainExpression;
      readonly yes: PlainExpression;
      readonly no: PlainExpression;
    }
  | { readonly op: 'set'; readonly items: readonly PlainExpression[] }
  | {
      readonly op: 'record';
      readonly members: readonly (readonly [string, PlainExpression])[];
    }
  | { readonly op: 'call'; readonly name: string; readonly arguments: readonly PlainExpression[] };
