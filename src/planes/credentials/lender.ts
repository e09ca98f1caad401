import type { Credential, CredentialSource, ExchangeAskFor } from '#contracts/credential-source.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import { limits } from '#kernel/limits.ts';
import type { LeasePart } from '#kernel/record.ts';
import type { CredentialUse, SealedSecret, TransactionUse } from '#kernel/snapshot.ts';
import { targetLabel } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import type { AssertionSigner } from './assertion-signer.ts';
import { type Borrower, createBorrower, secretKey } from './borrower.ts';
import type { Lender, LendRequest, Loan } from './door.ts';
import { isByCarried } from './carried-source.ts';
import { exchangeKey } from './exchange-source.ts';
import type { Answer } from './flight.ts';
import { emptyLoan, endOne, loanOf } from './loan.ts';
import { transactionToken } from './transaction.ts';
import { saltedDigest } from './vault.ts';

export interface LenderParts {
  readonly source: CredentialSource;
  /** Tokens of the authorization servers of tool servers; without one there are none. */
  readonly exchanges?: CredentialSource<ExchangeAskFor>;
  /** Signs transaction tokens; without one nothing is lent to a server that wants them. */
  readonly transactions?: AssertionSigner;
  readonly clock: Clock;
  readonly limits?: { readonly credentialWaitMs: number; readonly credentialsKept: number };
}

/** Asks for secrets at the last step, for one call or one process, never for a target outside the manifest. */
export function createLender(parts: LenderParts): Lender {
  const { source, exchanges = noExchanges, clock } = parts;
  const bounds = { clock, limits: parts.limits ?? limits };
  const borrowers: Borrowers = {
    secrets: createBorrower({ ...bounds, source, keyOf: secretKey }),
    exchanges: createBorrower({ ...bounds, source: exchanges, keyOf: exchangeKey }),
  };
  return {
    lend(request) {
      const { owner, target, manifest, use } = request;
      if (target.owner !== owner.name || grantsTarget(manifest, target) === undefined) {
        return refusal('credentials/not-in-manifest');
      }
      const uses = owner.credentials.filter(
        (one) => isForProcess(one.kind) === isForProcess(use) && !isLookWithout(one, request),
      );
      const wanted = use === 'header' ? owner.transactions : undefined;
      if (uses.length === 0 && wanted === undefined) return emptyLoan;
      const answers = borrowAll(borrowers, request, uses);
      if (isRefusal(answers)) return answers;
      const made = (given: readonly Answer[]) => {
        const loan = lendAll(request, uses, given, clock.now());
        return wanted === undefined || isRefusal(loan)
          ? loan
          : withTransaction(parts, request, wanted, loan);
      };
      return answers.some((answer) => answer instanceof Promise)
        ? Promise.all(answers.map(async (answer) => answer)).then(made)
        : made(answers as readonly Answer[]);
    },
  };
}

/**
 * The gateway's own look at a server that takes users' own tokens alone goes without one: it sees what the server
 * shows to anybody. INVARIANT: nobody's call does.
 */
function isLookWithout(use: CredentialUse, { whose }: LendRequest): boolean {
  if (use.kind !== 'exchange' || whose?.principal.kind !== 'system') return false;
  return isByCarried({ use: use.exchange, principal: whose.principal });
}

/** What a process holds from its start, or what goes with one call alone. */
function isForProcess(kind: CredentialUse['kind']): boolean {
  return kind === 'environment';
}

const noExchanges: CredentialSource<ExchangeAskFor> = {
  lend: () => refusal('credentials/unavailable', { retryAfter: 1 }),
};

interface Borrowers {
  readonly secrets: Borrower;
  readonly exchanges: Borrower<ExchangeAskFor>;
}

type Ask = () => Answer | Promise<Answer>;

/** All are asked at once, so that the bound of one is the bound of all. */
function borrowAll(
  { secrets: borrower, exchanges }: Borrowers,
  { tenant, secrets, target, whose, signal }: LendRequest,
  uses: readonly CredentialUse[],
): readonly (Answer | Promise<Answer>)[] | Refusal {
  const scope = targetLabel(target);
  const asks: Ask[] = [];
  for (const use of uses) {
    if (use.kind === 'exchange') {
      if (whose === undefined) return refusal('credentials/unavailable', { retryAfter: 1 });
      const { clientSecret: named } = use.exchange;
      const clientSecret = named === undefined ? undefined : secretNamed(secrets, named);
      if (isRefusal(clientSecret)) return clientSecret;
      const ask = { tenant, use: use.exchange, clientSecret, ...whose, signal };
      asks.push(() => exchanges.borrow(ask));
      continue;
    }
    const secret = secretNamed(secrets, use.secret);
    if (isRefusal(secret)) return secret;
    asks.push(() => borrower.borrow({ tenant, secret, scope, signal }));
  }
  return asks.map((ask) => ask());
}

/** Which one it was, the operator reads in the record; an agent need not know how secrets are called. */
function secretNamed(secrets: LendRequest['secrets'], name: string): SealedSecret | Refusal {
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (secret?.name === name) return secret;
  return refusal('credentials/unknown-secret', { recorded: { secret: name } });
}

/** INVARIANT: made last, when nothing is waited for any more, so that it is good for as long as it says. */
function withTransaction(
  { transactions: signer, clock }: LenderParts,
  request: LendRequest,
  use: TransactionUse,
  loan: Loan,
): Loan | Refusal {
  const token =
    signer === undefined
      ? refusal('credentials/unavailable', { retryAfter: 1 })
      : transactionToken(signer, request, use, clock.now());
  if (isRefusal(token)) {
    loan.end('none');
    return token;
  }
  return {
    ...loan,
    lent: [...loan.lent, token.lent],
    leases: [...loan.leases, token.lease],
  };
}

/** All of what its owner needs, or nothing. */
function lendAll(
  request: LendRequest,
  uses: readonly CredentialUse[],
  answers: readonly Answer[],
  now: number,
): Loan | Refusal {
  const given = answers.flatMap((answer) => (isRefusal(answer) ? [] : [answer]));
  const no = answers.find(isRefusal) ?? misfitOf(uses, given);
  if (no !== undefined) {
    for (const credential of given) endOne(credential, 'none');
    return no;
  }
  const lent = uses.map((use, at) => lentOf(use, given[at]?.value ?? ''));
  const leases = uses.map((use, at) => leaseOf(request, use, given[at]?.value ?? '', now));
  return loanOf(given, lent, leases);
}

function leaseOf(
  { target, use: way }: LendRequest,
  use: CredentialUse,
  value: string,
  now: number,
): LeasePart {
  return {
    id: newId(now),
    secret: nameOf(use),
    digest: saltedDigest(value),
    scope: targetLabel(target),
    bound: isForProcess(way) ? 'process' : 'call',
  };
}

/** What records call it: the secret, or where a token was had. */
function nameOf(use: CredentialUse): string {
  return use.kind === 'exchange' ? `exchange:${use.exchange.tokenEndpoint}` : use.secret;
}

/** What HTTP lets stand in a header; found here, because a client's own error might quote it. */
const fitsHeader = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

function misfitOf(
  uses: readonly CredentialUse[],
  given: readonly Credential[],
): Refusal | undefined {
  const fits = uses.every((use, at) => !isInHeader(use) || fitsHeader.test(given[at]?.value ?? ''));
  return fits ? undefined : unfit;
}

function isInHeader({ kind }: CredentialUse): boolean {
  return kind === 'header' || kind === 'exchange';
}

const unfit = refusal('credentials/unwrap-failed', {
  message: 'the credential that this call needs cannot stand in a header',
});

function lentOf(use: CredentialUse, value: string): Lent {
  const bare = { value, secret: value };
  switch (use.kind) {
    case 'header':
    case 'exchange':
      return { kind: 'header', header: use.header, value: `${use.prefix}${value}`, secret: value };
    case 'query':
      return { kind: 'query', name: use.name, ...bare };
    case 'environment': {
      const { variable, inArguments } = use;
      return { kind: 'environment', variable, ...bare, ...(inArguments && { inArguments }) };
    }
  }
}
