import { z } from 'zod';
import type { OutboundNetwork } from './outbound.ts';

/** Where a document lets us ask beside the world outside; the same words in every document that names an address. */
export const networkShape = {
  loopback: z.boolean().default(false),
  privateHosts: z
    .array(z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?$/, 'a host, or host:port'))
    .max(16)
    .default([]),
};

export function networkOf({
  loopback,
  privateHosts,
}: {
  readonly loopback: boolean;
  readonly privateHosts: readonly string[];
}): OutboundNetwork {
  return { loopback, hosts: privateHosts };
}

/** What is wrong with an address that is to be asked; whether a name stands for one that may be is judged at each ask. */
export function addressProblem(url: string, loopback: boolean): string | undefined {
  const { protocol, hostname } = new URL(url);
  const isOwn = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (isOwn && !loopback) return 'an address of this machine is asked only with `loopback: true`';
  return protocol === 'https:' || isOwn ? undefined : 'only https is asked';
}
