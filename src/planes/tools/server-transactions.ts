import { z } from 'zod';
import type { ServerEntry } from '#kernel/snapshot.ts';

/** A server by URL that wants a transaction token with each request; `{}` is enough. */
export const transactionsSpec = z.strictObject({
  audience: z.string().min(1).max(2_048).optional(),
  scope: z
    .string()
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'write scopes with one space between',
    )
    .max(2_048)
    .optional(),
});

export function transactionsOf(spec: {
  readonly connect: { readonly url?: string | undefined };
  readonly transactions?: z.infer<typeof transactionsSpec> | undefined;
}): Pick<ServerEntry, 'transactions'> {
  const { connect, transactions } = spec;
  if (transactions === undefined || connect.url === undefined) return {};
  const { audience = new URL(connect.url).href, scope } = transactions;
  return { transactions: { audience, ...(scope === undefined ? {} : { scope }) } };
}
