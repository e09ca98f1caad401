import { z } from 'zod';
import { addressProblem, networkOf, networkShape } from '#contracts/network-spec.ts';
import { httpUrlSpec } from '#contracts/target-spec.ts';
import { carriedModes, type CredentialUse, type ExchangeUse } from '#kernel/snapshot.ts';

const text = z
  .string()
  .min(1)
  .max(2_048)
  .refine((value) => !value.includes('\0'), 'a NUL is not allowed');
const client = text.max(256);

const scopes = z
  .string()
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
    'write scopes with one space between',
  )
  .max(2_048);

const exchangeFields = z.strictObject({
  mode: z
    .enum(['token-exchange', 'id-jag', 'client-credentials', ...carriedModes])
    .default('token-exchange'),
  tokenEndpoint: httpUrlSpec,
  issuer: text.optional(),
  clientId: client,
  clientSecret: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'the name of a secret')
    .optional(),
  connection: client.optional(),
  provider: z
    .strictObject({ tokenEndpoint: httpUrlSpec, issuer: text.optional(), clientId: client })
    .optional(),
  audience: text.optional(),
  resource: text.optional(),
  scope: scopes.optional(),
  machineScope: scopes.optional(),
  namesActor: z.boolean().default(true),
  ...networkShape,
});

type ExchangeSpec = z.infer<typeof exchangeFields>;

/** What a kind of exchange cannot do without, and what it has no use for. */
export const exchangeSpec = exchangeFields.superRefine((spec, context) => {
  const wrong = (path: (keyof ExchangeSpec)[], message: string | undefined) => {
    if (message !== undefined) context.addIssue({ code: 'custom', path, message });
  };
  const { mode, provider, loopback } = spec;
  wrong(['tokenEndpoint'], placeProblem(spec.tokenEndpoint, loopback));
  if (provider !== undefined) {
    wrong(['provider'], placeProblem(provider.tokenEndpoint, loopback));
  }
  wrong(['provider'], onlyFor(mode, 'id-jag-exchange', provider));
  wrong(['connection'], onlyFor(mode, 'federated-token', spec.connection));
  if (mode === 'id-jag-exchange' && spec.issuer === undefined) {
    wrong(['issuer'], 'say whom the assertion is for: `issuer` of the server’s own');
  }
  if (spec.machineScope !== undefined && !carriedModes.some((one) => one === mode)) {
    wrong(['machineScope'], '`scope` says it already: this mode needs no token of a user');
  }
  if (mode === 'on-behalf-of' && spec.scope === undefined) {
    wrong(['scope'], '`on-behalf-of` needs a `scope`');
  }
  if ((mode === 'on-behalf-of' || mode === 'federated-token') && spec.namesActor) {
    wrong(['namesActor'], 'no token of this mode names the agent: say `namesActor: false`');
  }
});

function placeProblem(url: string, loopback: boolean): string | undefined {
  return URL.canParse(url) ? addressProblem(url, loopback) : undefined;
}

function onlyFor(
  mode: ExchangeUse['mode'],
  of: ExchangeUse['mode'],
  given: unknown,
): string | undefined {
  if ((mode === of) === (given !== undefined)) return undefined;
  return `it goes with \`mode: ${of}\`, which needs it`;
}

export function exchangeOf(
  spec: ExchangeSpec,
  {
    header = 'authorization',
    prefix,
  }: { readonly header?: string | undefined; readonly prefix?: string | undefined },
): CredentialUse {
  const name = header.toLowerCase();
  return {
    kind: 'exchange',
    header: name,
    prefix: prefix ?? (name === 'authorization' ? 'Bearer ' : ''),
    exchange: useOf(spec),
  };
}

function useOf(spec: ExchangeSpec): ExchangeUse {
  const { mode, issuer, clientId, clientSecret, connection, provider } = spec;
  const { audience, resource, scope, machineScope, namesActor } = spec;
  const tokenEndpoint = new URL(spec.tokenEndpoint).href;
  return {
    mode,
    tokenEndpoint,
    clientId,
    namesActor,
    network: networkOf(spec),
    issuer: issuer ?? tokenEndpoint,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(connection === undefined ? {} : { connection }),
    ...(provider === undefined ? {} : { provider: providerOf(provider) }),
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
    ...(machineScope === undefined ? {} : { machineScope }),
  };
}

function providerOf(given: NonNullable<ExchangeSpec['provider']>) {
  const tokenEndpoint = new URL(given.tokenEndpoint).href;
  return { tokenEndpoint, clientId: given.clientId, issuer: given.issuer ?? tokenEndpoint };
}
