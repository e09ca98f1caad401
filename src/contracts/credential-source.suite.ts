import { describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';
import type { Credential, CredentialAsk, CredentialSource } from './credential-source.ts';

export interface CredentialSourceUnderTest {
  readonly source: CredentialSource;
  /** A secret that it knows, in this tenant, with this value. */
  readonly known: (tenant: string, name: string, value: string) => SealedSecret;
  /** Whatever the source knows is out of its reach from now on. */
  readonly lose: () => void;
}

/** The promises of `contracts/credential-source`; every source runs them. */
export function credentialSourceSuite(
  name: string,
  make: () => Promise<CredentialSourceUnderTest>,
): void {
  describe(`the credential source contract, kept by ${name}`, () => {
    const ask = (secret: SealedSecret, over: Partial<CredentialAsk> = {}): CredentialAsk => ({
      tenant: 'main',
      secret,
      scope: 'billing/refund',
      signal: new AbortController().signal,
      ...over,
    });

    it('gives the value of this secret, and says for how long it may be lent again', async () => {
      const { source, known } = await make();
      const [one, other] = [known('main', 'one', 'value-one'), known('main', 'other', 'value-two')];
      expect(given(await source.lend(ask(one))).value).toBe('value-one');
      const second = given(await source.lend(ask(other)));
      expect(second.value).toBe('value-two');
      expect(second.reusableMs).toBeGreaterThanOrEqual(0);
    });

    it('gives nothing for another tenant, and a refusal says nothing of the value', async () => {
      const { source, known } = await make();
      const secret = known('main', 'one', 'value-one');
      await expectNo(() => source.lend(ask(secret, { tenant: 'other' })));
    });

    it('gives nothing once what it gives from is out of reach', async () => {
      const { source, known, lose } = await make();
      const secret = known('main', 'one', 'value-one');
      lose();
      await expectNo(() => source.lend(ask(secret)));
    });

    it('takes the end of each loan, whatever its effect, and does not fail the one who tells it', async () => {
      const { source, known } = await make();
      const secret = known('main', 'one', 'value-one');
      for (const effect of ['none', 'done', 'unknown'] as const) {
        const credential = given(await source.lend(ask(secret)));
        await expect(Promise.resolve(credential.ended?.(effect))).resolves.toBeUndefined();
      }
    });
  });
}

function given(answer: Awaited<ReturnType<CredentialSource['lend']>>): Credential {
  if (isRefusal(answer)) throw new Error(answer.code);
  return answer;
}

/** A refusal, a rejection and a throw are all a no. */
async function expectNo(act: () => ReturnType<CredentialSource['lend']>): Promise<void> {
  const said = await Promise.resolve()
    .then(act)
    .catch((fault: unknown) => fault);
  const isNo = said instanceof Error || isRefusal(said);
  expect(isNo).toBe(true);
  // What is thrown is told by nobody; a refusal is told as it is.
  if (isRefusal(said)) expect(JSON.stringify(said)).not.toContain('value-one');
}
