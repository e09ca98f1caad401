import { generateKeyPairSync, randomBytes } from 'node:crypto';

const alphabets = {
  alnum: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  capitals: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  hex: '0123456789abcdef',
} as const;

function drawn(alphabet: keyof typeof alphabets, length: number): string {
  const letters = alphabets[alphabet];
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('');
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A beginning in two pieces: whole, it would be taken for a secret by who scans this repository. */
function glue(head: string, tail: string): string {
  return head + tail;
}

/** Drawn until it has both letters and digits, as every real one of these lengths has. */
function mixed(alphabet: keyof typeof alphabets, length: number): string {
  for (;;) {
    const text = drawn(alphabet, length);
    const digits = text.replace(/[^0-9]/g, '').length;
    if (digits >= length / 10 && digits < length * 0.8) return text;
  }
}

/**
 * Samples that look real, made anew for each run and put together from pieces, so that neither a
 * secret nor what a scanner takes for one stands in this repository.
 */
export const secretSamples: Readonly<Record<string, () => string>> = {
  'aws-access-key': () => `${glue('AK', 'IA')}${drawn('capitals', 16)}`,
  'github-token': () => `${glue('gh', 'p_')}${drawn('alnum', 36)}`,
  'github-fine-grained': () =>
    `${glue('github', '_pat_')}${drawn('alnum', 22)}_${drawn('alnum', 59)}`,
  'gitlab-token': () => `${glue('gl', 'pat-')}${drawn('alnum', 20)}`,
  'slack-token': () => `${glue('xo', 'xb-')}123456789012-${drawn('alnum', 24)}`,
  'slack-webhook': () =>
    `${glue('hooks.', 'slack.com')}/services/T0${drawn('alnum', 8)}/B0${drawn('alnum', 24)}`,
  'stripe-key': () => `${glue('sk', '_live_')}${drawn('alnum', 24)}`,
  'anthropic-key': () => `${glue('sk', '-ant-')}api03-${drawn('alnum', 80)}`,
  'openai-key': () => `${glue('sk', '-proj-')}${mixed('alnum', 64)}`,
  'google-api-key': () => `${glue('AI', 'za')}${drawn('alnum', 35)}`,
  'google-oauth-secret': () => `${glue('GOC', 'SPX-')}${drawn('alnum', 28)}`,
  'npm-token': () => `${glue('np', 'm_')}${drawn('alnum', 36)}`,
  'pypi-token': () => `${glue('py', 'pi-AgE')}IcHlwaS5vcmc${drawn('alnum', 120)}`,
  'sendgrid-key': () => `${glue('SG', '.')}${drawn('alnum', 22)}.${drawn('alnum', 43)}`,
  'twilio-key': () => `${glue('S', 'K')}${drawn('hex', 32)}`,
  'telegram-bot-token': () => `${glue('', ':A')}A${drawn('alnum', 33)}`,
  'azure-storage-key': () => `${glue('Account', 'Key=')}${randomBytes(64).toString('base64')}`,
  'vault-token': () => `${glue('hv', 's.')}${drawn('alnum', 24)}`,
  'hosting-token': () => `${glue('h', 'f_')}${drawn('letters', 34)}`,
  'url-password': () => `${glue(':', '//')}svc:${mixed('alnum', 20)}@`,
  'private-key': () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString().trimEnd();
  },
  jwt: () => {
    const head = base64url({ alg: 'ES256', typ: 'JWT' });
    return `${head}.${base64url({ sub: 'ada', exp: 1 })}.${randomBytes(64).toString('base64url')}`;
  },
};

/** A drawn value for a name that says secret. */
export function drawnValue(length = 32): string {
  return mixed('alnum', length);
}
