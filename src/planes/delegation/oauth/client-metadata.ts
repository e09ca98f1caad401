import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { visibleText } from '#kernel/text/index.ts';
import { redirectForm } from './redirect-uris.ts';

/** What a client says of itself. INVARIANT: nothing of it gives it anything but a place to be answered at. */
export interface ClientMetadata {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly keys: readonly JsonObject[] | undefined;
}

const many = z.array(z.string().max(64)).max(16);

/** RFC 7591 §2, as far as it decides something here; what is not known is passed over. */
const shape = z.object({
  client_id: z.string().optional(),
  client_name: z.string().max(1_000).optional(),
  redirect_uris: z.array(z.string().max(2_048)).min(1).max(32),
  grant_types: many.optional(),
  response_types: many.optional(),
  token_endpoint_auth_method: z.string().max(64).optional(),
  client_secret: z.undefined().optional(),
  jwks: z
    .object({
      keys: z
        .array(z.record(z.string().max(64), z.unknown()))
        .min(1)
        .max(8),
    })
    .optional(),
});

export function readClientMetadata(given: unknown): ClientMetadata & { readonly id?: string } {
  const read = shape.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw invalid(`\`${issue?.path.join('.') ?? ''}\` is not what RFC 7591 asks for`);
  }
  const { client_id: id, client_name: name = '', redirect_uris: redirectUris } = read.data;
  const wrong = redirectUris.find((uri) => redirectForm(uri) === undefined);
  if (wrong !== undefined) throw new BailiwickError('oauth/invalid-redirect-uri');
  const { grant_types: grants = ['authorization_code'], response_types: types = ['code'] } =
    read.data;
  if (!grants.includes('authorization_code') || !types.includes('code')) {
    throw invalid('only clients that ask for a code are served');
  }
  return {
    name: visibleText(name.trim(), { maxLength: 100 }),
    redirectUris,
    keys: read.data.jwks?.keys as readonly JsonObject[] | undefined,
    ...(id === undefined ? {} : { id }),
  };
}

/** INVARIANT: who stands at an address is the client of that address and of no other. */
export function readMetadataDocument(url: string, body: Buffer): ClientMetadata {
  let document: unknown;
  try {
    document = parseJson(body, { maxBytes: limits.clientMetadataBytes, maxDepth: 16 });
  } catch {
    document = undefined;
  }
  if (!isJsonObject(document)) throw invalid('its metadata document is no JSON object');
  const { id, ...metadata } = readClientMetadata(document);
  checkOwnKeys(document, metadata);
  if (id !== url) throw invalid('its metadata document names another `client_id`');
  return metadata;
}

/**
 * INVARIANT: who says that it proves itself is nobody without proof: keys elsewhere (`jwks_uri`) are not fetched, and
 * a secret has no place in what everybody reads, so such a client would be taken for one that proves nothing.
 */
function checkOwnKeys(document: JsonObject, { keys }: ClientMetadata): void {
  const { token_endpoint_auth_method: method, jwks_uri: elsewhere } = document;
  const provesNothing = method === 'none' || (method === undefined && elsewhere === undefined);
  const provesKey = keys !== undefined && (method ?? 'private_key_jwt') === 'private_key_jwt';
  if (provesNothing || provesKey) return;
  throw invalid('it proves itself in a way that is not served: give its keys as `jwks`, or `none`');
}

function invalid(message: string): BailiwickError {
  return new BailiwickError('oauth/invalid-client-metadata', { message });
}
