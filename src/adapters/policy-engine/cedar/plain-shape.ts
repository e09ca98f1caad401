import { z } from 'zod';
import {
  binaryOperators,
  type PlainExpression,
  type PlainRule,
  type PlainScope,
  type PlainUid,
  type PlainValue,
  unaryOperators,
  variables,
} from './compiled/form.ts';

// The form of a compiled rule as it comes out of a text: judged once, before it is built.

const uid: z.ZodType<PlainUid> = z.strictObject({ type: z.string(), id: z.string() });

const scope: z.ZodType<PlainScope> = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('all') }),
  z.strictObject({ op: z.literal('=='), entity: uid }),
  z.strictObject({ op: z.literal('in'), entities: z.array(uid) }),
  z.strictObject({ op: z.literal('is'), type: z.string(), in: z.exactOptional(uid) }),
]);

const long = z.union([z.number(), z.string()]);

const value: z.ZodType<PlainValue> = z.union([
  z.boolean(),
  z.number(),
  z.string(),
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('long'), digits: z.string() }),
    z.strictObject({ kind: z.literal('entity'), type: z.string(), id: z.string() }),
    z.strictObject({ kind: z.literal('set'), items: z.array(z.lazy(() => value)) }),
    z.strictObject({
      kind: z.literal('record'),
      members: z.array(z.tuple([z.string(), z.lazy(() => value)])),
    }),
    z.strictObject({ kind: z.enum(['decimal', 'datetime', 'duration']), long }),
    z.strictObject({
      kind: z.literal('ip'),
      version: z.union([z.literal(4), z.literal(6)]),
      address: z.string(),
      prefix: z.number(),
    }),
  ]),
]);

const inner: z.ZodType<PlainExpression> = z.lazy(() => expression);
const parts = z.array(inner);

const expression: z.ZodType<PlainExpression> = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('value'), value }),
  z.strictObject({ op: z.literal('failure'), message: z.string() }),
  z.strictObject({ op: z.literal('variable'), name: z.enum(variables) }),
  z.strictObject({ op: z.literal('all'), parts }),
  z.strictObject({ op: z.literal('any'), parts }),
  z.strictObject({ op: z.literal('unary'), by: z.enum(unaryOperators), argument: inner }),
  z.strictObject({
    op: z.literal('binary'),
    by: z.enum(binaryOperators),
    left: inner,
    right: inner,
  }),
  z.strictObject({ op: z.literal('get'), left: inner, name: z.string() }),
  z.strictObject({ op: z.literal('has'), left: inner, names: z.array(z.string()) }),
  z.strictObject({ op: z.literal('like'), left: inner, pattern: z.array(z.string()) }),
  z.strictObject({
    op: z.literal('is'),
    left: inner,
    type: z.string(),
    in: z.exactOptional(inner),
  }),
  z.strictObject({ op: z.literal('if'), test: inner, yes: inner, no: inner }),
  z.strictObject({ op: z.literal('set'), items: parts }),
  z.strictObject({ op: z.literal('record'), members: z.array(z.tuple([z.string(), inner])) }),
  z.strictObject({ op: z.literal('call'), name: z.string(), arguments: parts }),
]);

export const plainRuleShape: z.ZodType<PlainRule> = z.strictObject({
  id: z.string(),
  effect: z.enum(['permit', 'forbid']),
  principal: scope,
  action: scope,
  resource: scope,
  condition: expression,
});
