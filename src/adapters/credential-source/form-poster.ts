import type { FormPoster } from '#contracts/form-poster.ts';
import type { Outbound, OutboundNetwork } from '#contracts/outbound.ts';
import { limits } from '#kernel/limits.ts';

export function createFormPoster(outboundFor: (network: OutboundNetwork) => Outbound): FormPoster {
  return {
    async post({ url, network, fields, signal }) {
      const { status, body } = await outboundFor(network).fetch({
        url,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
        maxBytes: limits.tokenAnswerBytes,
        timeoutMs: limits.credentialWaitMs,
        signal,
      });
      return { status, body };
    },
  };
}
