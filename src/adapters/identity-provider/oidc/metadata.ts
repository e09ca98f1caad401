import { z } from 'zod';
import type { OidcSettings } from '#contracts/identity-provider.ts';
import type { Outbound } from '#contracts/outbound.ts';
import { getJson, providerFault } from './answers.ts';

const metadataShape = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  end_session_endpoint: z.string().optional(),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
  code_challenge_methods_supported: z.array(z.string()).optional(),
});

export type Metadata = z.output<typeof metadataShape>;

/** INVARIANT: whoever is asked as an issuer says that it is that one, to the letter; else nothing of it counts. */
export async function readMetadata(outbound: Outbound, oidc: OidcSettings): Promise<Metadata> {
  const url = `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { value } = await getJson(outbound, url);
  const read = metadataShape.safeParse(value);
  if (!read.success) throw providerFault('its metadata lacks what a sign-in needs');
  const metadata = read.data;
  if (metadata.issuer !== oidc.issuer) throw providerFault('its metadata names another issuer');
  const methods = metadata.code_challenge_methods_supported;
  if (methods !== undefined && !methods.includes('S256')) {
    throw providerFault('it does not take PKCE with S256');
  }
  for (const place of [metadata.authorization_endpoint, metadata.end_session_endpoint]) {
    if (place !== undefined) checkPlace(place, oidc);
  }
  return metadata;
}

/** Where browsers are sent: over https, or to this machine where the document lets it. */
function checkPlace(text: string, { network }: OidcSettings): void {
  const url = URL.parse(text);
  const isHere = url?.protocol === 'http:' && network.loopback && isLoopbackName(url.hostname);
  if (url === null || url.hash !== '' || (url.protocol !== 'https:' && !isHere)) {
    throw providerFault('its metadata names a place that is not https');
  }
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '127.0.0.1' || name === '[::1]';
}
