import { z } from 'zod';
import { isPlainPrefix } from '#kernel/prefix.ts';
import type { DataScope } from '#kernel/tool.ts';
import { domainSpec } from './argument-path.ts';

const most = 64;
const text = z.string().min(1).max(1_024);
const folder = text.refine(
  (one) => one.endsWith('/') && isPlainPrefix(one.replace(/^\//, '')),
  'write a folder that ends with a slash, with nothing in it that climbs',
);

const kinds = ['paths', 'hosts', 'ids', 'accounts'] as const;

/** Where data may go and come from. */
export const dataSpec = z
  .strictObject({
    paths: z.array(folder).min(1).max(most).optional(),
    hosts: z.array(domainSpec).min(1).max(most).optional(),
    ids: z.array(text).min(1).max(most).optional(),
    accounts: z.array(text).min(1).max(most).optional(),
    outside: z.enum(['signal', 'ask', 'refuse']).default('signal'),
  })
  .refine(
    (data) => kinds.some((kind) => data[kind] !== undefined),
    'name at least one of `paths`, `hosts`, `ids` and `accounts`',
  )
  .optional();

export function dataOf(given: NonNullable<z.infer<typeof dataSpec>>): DataScope {
  const { outside, ...named } = given;
  const all = kinds.flatMap((kind) => (named[kind] === undefined ? [] : [[kind, named[kind]]]));
  return { ...Object.fromEntries(all), outside };
}
