import { z } from 'zod';
import { isLoopback } from '#contracts/loopback.ts';

/** Where records are sent. INVARIANT: in the clear they cross no network. */
export const receiverUrl = z.url({ protocol: /^https?$/u }).refine(
  (text) => {
    const url = URL.parse(text);
    return url?.protocol === 'https:' || isLoopback(url?.hostname.replace(/^\[|\]$/g, '') ?? '');
  },
  { message: 'plain http is taken to this machine alone: use https' },
);
