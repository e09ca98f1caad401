import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readJson } from './read-json.ts';
import { createKeySet } from './transaction-keys.ts';

export interface TransactionVerifierOptions {
  /** The gateway's name, as its tokens say it in `iss`. */
  readonly issuer: string;
  /** Us, as the document of this server says it (`transactions.audience`, or its URL). */
  readonly audience: string;
  /** `ORIGIN/oauth/transactions/jwks` of its control. */
  readonly jwks: string;
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
}

export interface AskedOf {
  /** The header `Txn-Token` of the request, as it came. */
  readonly token: string | readonly string[] | undefined;
  /** What is asked: a tool, unless it says otherwise. */
  readonly kind?: 'tool' | 'resource' | 'prompt';
  readonly name: string;
  /** As they were read from the request. */
  readonly arguments?: unknown;
}

export interface Transaction {
  /** The record in the gateway's log that this call stands on. */
  readonly txn: string;
  /** The user, or the machine account of an agent that acts for nobody. */
  readonly subject: string;
  /** Who acts now, then who handed over to it, and so on; empty when that is the subject alone. */
  readonly actors: readonly string[];
  readonly scope: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Why a request is not what its gateway let go. */
export class TransactionProblem extends Error {
  override readonly name = 'TransactionProblem';
}

export interface TransactionVerifier {
  /** INVARIANT: what it does not understand is refused. */
  verify(asked: AskedOf): Promise<Transaction>;
}

/** For tool servers: whether a request is the one that the gateway judged, and whose it is. */
export function createTransactionVerifier(
  options: TransactionVerifierOptions,
): TransactionVerifier {
  const { now = Date.now, issuer, audience } = options;
  const keys = createKeySet({ url: options.jwks, now, fetch: options.fetch ?? fetch });
  return {
    async verify(asked) {
      const { header, claims, signed, signature } = partsOf(asked.token);
      if (header['alg'] !== 'EdDSA' || header['typ'] !== 'txntoken+jwt' || 'crit' in header) {
        throw new TransactionProblem('this is no transaction token');
      }
      const kid = header['kid'];
      const jwk = typeof kid === 'string' ? await keys.find(kid) : undefined;
      if (jwk === undefined || !verify(null, signed, keyOf(jwk), signature)) {
        throw new TransactionProblem('the transaction token is not signed by the gateway');
      }
      if (claims['iss'] !== issuer || claims['aud'] !== audience) {
        throw new TransactionProblem('the transaction token is of or for somebody else');
      }
      checkTimes(claims, now());
      checkContext(claims['tctx'], asked);
      return transactionOf(claims);
    },
  };
}

type Members = Readonly<Record<string, unknown>>;

function partsOf(token: AskedOf['token']) {
  if (typeof token !== 'string' || token.length > 16_384) {
    throw new TransactionProblem('the request has no transaction token, or several');
  }
  const [head = '', body = '', tail = '', more] = token.split('.');
  const signature = Buffer.from(tail, 'base64url');
  if (more !== undefined || signature.toString('base64url') !== tail) {
    throw new TransactionProblem('this is no transaction token');
  }
  return {
    header: members(head),
    claims: members(body),
    signed: Buffer.from(`${head}.${body}`),
    signature,
  };
}

function members(part: string): Members {
  try {
    const value: unknown = readJson(Buffer.from(part, 'base64url'));
    if (isMembers(value)) return value;
  } catch {
    // Told below.
  }
  throw new TransactionProblem('this is no transaction token');
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyOf(jwk: Members): KeyObject {
  const { kty, crv, x } = jwk;
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string') {
    throw new TransactionProblem('the key of the gateway is of a kind that does not count here');
  }
  return createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
}

const skewSeconds = 5;
const mostSeconds = 60;

function checkTimes({ iat, exp }: Members, now: number): void {
  const seconds = now / 1_000;
  const isTimely =
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    iat - skewSeconds <= seconds &&
    seconds < exp + skewSeconds &&
    exp - iat <= mostSeconds;
  if (!isTimely) throw new TransactionProblem('the transaction token is not of this moment');
}

function checkContext(tctx: unknown, { kind = 'tool', name, arguments: args = {} }: AskedOf): void {
  if (!isMembers(tctx) || tctx['kind'] !== kind || tctx['name'] !== name) {
    throw new TransactionProblem('the transaction token is for another request');
  }
  const digest = createHash('sha256').update(canonical(args)).digest('hex');
  if (tctx['arguments_sha256'] !== digest) {
    throw new TransactionProblem('these are not the arguments that the gateway judged');
  }
}

function transactionOf(claims: Members): Transaction {
  const { txn, sub, scope } = claims;
  if (typeof txn !== 'string' || typeof sub !== 'string' || typeof scope !== 'string') {
    throw new TransactionProblem('the transaction token does not say whose request it is');
  }
  const actors: string[] = [];
  for (let act = claims['act']; act !== undefined; act = act['act']) {
    if (!isMembers(act) || typeof act['sub'] !== 'string' || actors.length > 16) {
      throw new TransactionProblem('the transaction token does not say who acts');
    }
    actors.push(act['sub']);
  }
  return { txn, subject: sub, actors, scope, claims };
}

/** RFC 8785, of what JSON can hold. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (isMembers(value)) {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
  }
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TransactionProblem('these arguments are not JSON');
  return text;
}
