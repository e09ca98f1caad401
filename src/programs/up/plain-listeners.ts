import { isLoopback } from '#contracts/loopback.ts';
import { BailiwickError } from '#kernel/errors.ts';

interface Places {
  readonly gateway: { readonly host: string };
  readonly control: { readonly host: string };
  readonly publicUrl: string | undefined;
  readonly publicGateway: string | undefined;
}

/**
 * Both listeners speak plain HTTP. INVARIANT: one that other machines reach has a proxy with TLS in front, which is
 * named; without it credentials, calls and records would cross the network in the clear.
 */
export function refusePlainListeners({ gateway, control, publicUrl, publicGateway }: Places): void {
  const places = [
    { flag: '--gateway', host: gateway.host, proxy: '--public-gateway', named: publicGateway },
    { flag: '--control', host: control.host, proxy: '--public-url', named: publicUrl },
  ];
  for (const { flag, host, proxy, named } of places) {
    if (named !== undefined || isLoopback(host)) continue;
    throw new BailiwickError('cli/usage', {
      message: `\`${flag}\` on ${host} would be met in plain HTTP from elsewhere`,
      suggestedAction: `put a proxy with TLS in front and name it by \`${proxy} https://HOST\`, or listen on 127.0.0.1`,
    });
  }
}
