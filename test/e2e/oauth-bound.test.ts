import { DpopSession } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keeper, secondSdk } from './oauth-node-clients.ts';
import { type OAuthClientsWorld, startOAuthClientsWorld } from './oauth-world.ts';
import { callTool } from './wire.ts';

let at: OAuthClientsWorld;

beforeAll(async () => {
  at = await startOAuthClientsWorld();
}, 60_000);

afterAll(() => at?.close());

/** Has a key, as a provider of the second SDK does that binds its tokens. */
class BoundKeeper extends Keeper {
  readonly #session = DpopSession.create();

  dpop() {
    return this.#session;
  }
}

/** Another key than that to which the tokens are bound. */
async function proofOf(thief: DpopSession, url: string, accessToken?: string): Promise<string> {
  const of = accessToken === undefined ? {} : { accessToken };
  return thief.buildProof({ htm: 'POST', htu: url, ...of });
}

/** As somebody who has read the token, with these headers beside it; what a gateway says. */
async function refusal(headersFor: () => Promise<Record<string, string>>, nonce?: DpopSession) {
  const send: typeof fetch = async (input, init = {}) => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(await headersFor())) headers.set(name, value);
    const answer = await fetch(input, { ...init, headers });
    nonce?.observeNonce(answer, at.world.gateway);
    return answer;
  };
  const { status, told } = await callTool(send, at.world.gateway, 'fake.echo', { text: 'hi' });
  return { status, code: told?.code };
}

async function signedIn(keeper: BoundKeeper) {
  const sdk = secondSdk('auto');
  await expect(sdk.connect(at.world.gateway, keeper)).rejects.toThrow(/unauthorized/i);
  await sdk.finish(at.world.gateway, keeper, await at.agree(String(keeper.sentTo), 'ann'));
  return sdk.connect(at.world.gateway, keeper);
}

describe('the unmodified typescript sdk 2.4.0 with a key', () => {
  it('is bound to it by its tokens, and renews them by it [IDN-05]', async () => {
    const keeper = new BoundKeeper();
    const client = await signedIn(keeper);
    expect(keeper.kept?.token_type).toBe('DPoP');
    const told = await client.call('fake__echo', { text: 'hi' });
    expect((await at.recordOf(told.record))['actors']).toMatchObject([
      { kind: 'human', name: 'ann' },
      { kind: 'agent', name: 'coder', binding: 'dpop' },
    ]);
    const { kept } = keeper;
    if (kept !== undefined) keeper.kept = { ...kept, access_token: `${kept.access_token}AA` };
    expect(await client.call('fake__echo', { text: 'on' })).toMatchObject({ isError: false });
    expect(keeper.kept?.refresh_token).not.toBe(kept?.refresh_token);
    await client.close();
  }, 60_000);

  it('loses nothing to whoever reads its tokens: without its key they are worth nothing [IDN-05]', async () => {
    const keeper = new BoundKeeper();
    const client = await signedIn(keeper);
    const { access_token: token = '', refresh_token = '' } = keeper.kept ?? {};
    const thief = await DpopSession.create();
    const bearer = () => Promise.resolve({ authorization: `Bearer ${token}` });
    expect(await refusal(bearer)).toMatchObject({ status: 401 });
    const bound = async () => ({
      authorization: `DPoP ${token}`,
      dpop: await proofOf(thief, at.world.gateway, token),
    });
    // The first time it hears the nonce; the second proof has it, and is still by a wrong key.
    await refusal(bound, thief);
    expect(await refusal(bound, thief)).toEqual({ status: 401, code: 'identity/key-mismatch' });
    const url = `${at.control}/oauth/token`;
    const client_id = keeper.clientInformation()?.client_id ?? '';
    const refresh = async (by: DpopSession | undefined) => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: by === undefined ? {} : { dpop: await proofOf(by, url) },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id }),
      });
      by?.observeNonce(answer, url);
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    await refresh(thief);
    for (const by of [undefined, thief]) {
      expect(await refresh(by)).toMatchObject({ status: 400, error: 'invalid_grant' });
    }
    // Its own is not spent by that.
    expect(await client.call('fake__echo', { text: 'on' })).toMatchObject({ isError: false });
    await client.close();
  }, 60_000);
});
