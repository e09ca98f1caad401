import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { ControlProblem, createControlClient } from '../../sdk/index.ts';
import { signInByBrowser, type SignedInThere, type Wanted } from './browser/sign-in.ts';
import type { CommandInput } from './command.ts';
import { dropSignIn, keepSignIn, readSignIn } from './browser/kept.ts';
import { controlUrl, readCredential, readOwnCredential } from './connection.ts';
import { cell } from './output.ts';

/** Where a command line stands, and who sits at it. */
export type AskingPlace = Pick<CommandInput, 'dataFolder' | 'home' | 'env' | 'note' | 'ask'> & {
  /** `--browser`: nobody has to be asked whether they want to sign in there. */
  readonly byBrowser: boolean;
};

/**
 * Sends requests as whoever is signed in. Where an act asks for another sign-in, that is offered, and the act is
 * repeated once: what was refused so has done nothing.
 */
export function createRequest(place: AskingPlace): CommandInput['request'] {
  const { dataFolder, home, env } = place;
  return async (method, path, body) => {
    const send = (credential: string | undefined): Promise<JsonObject> =>
      createControlClient({ url: controlUrl(dataFolder, env), credential }).request(
        method,
        path,
        body,
      );
    const credential = await readCredential(home, dataFolder, env);
    try {
      return await send(credential);
    } catch (fault) {
      if (!(fault instanceof ControlProblem)) throw fault;
      if (fault.code === 'api/unauthorized' && (await wasSignIn(place, credential))) {
        return send(await readOwnCredential(home, dataFolder));
      }
      if (!(await wantsBrowser(place, fault))) throw fault;
      const signedIn = await signInHere(place, wantedBy(fault));
      place.note(`you are ${cell(signedIn.name)}, ${cell(signedIn.roles.join(', '))}\n`);
      return send(signedIn.credential);
    }
  };
}

/** A sign-in that is over is forgotten: whoever has a credential of their own goes on by that. */
async function wasSignIn(
  { home, dataFolder }: AskingPlace,
  credential: string | undefined,
): Promise<boolean> {
  const signIn = await readSignIn(home, dataFolder);
  if (signIn === undefined || signIn.credential !== credential) return false;
  await dropSignIn(home, dataFolder);
  return true;
}

async function wantsBrowser(
  { byBrowser, ask }: AskingPlace,
  { code }: ControlProblem,
): Promise<boolean> {
  // Whoever is not signed in at all is told the ways there are, and goes this one when they say so.
  if (code === 'api/unauthorized') return byBrowser;
  if (code !== 'api/step-up-required') return false;
  if (byBrowser || ask === undefined) return byBrowser;
  const answer = await ask('this asks for another sign-in; sign in in the browser now? [Y/n] ');
  return /^(y|yes|)$/i.test(answer.trim());
}

function wantedBy({ details }: ControlProblem): Wanted {
  const said = isJsonObject(details) ? details : {};
  const { acrValues, maxAgeSeconds } = said;
  return {
    ...(Array.isArray(acrValues) ? { acrValues: acrValues.map(String) } : {}),
    ...(typeof maxAgeSeconds === 'number' ? { maxAgeSeconds } : {}),
  };
}

/** Signs in and keeps it, beside the credential that is the person's own. The one before is worth nothing then. */
export async function signInHere(
  { home, dataFolder, env, note }: AskingPlace,
  wanted: Wanted,
  elsewhere = env['SSH_CONNECTION'] !== undefined,
): Promise<SignedInThere> {
  const url = controlUrl(dataFolder, env);
  const before = await readSignIn(home, dataFolder);
  const signedIn = await signInByBrowser({ url, wanted, elsewhere, note });
  await keepSignIn(home, dataFolder, signedIn);
  if (before !== undefined) {
    const own = createControlClient({ url, credential: before.credential });
    // Where it is over already there is nothing to revoke.
    await own.request('POST', `/v1/api-tokens/${before.token}/revoke`, {}).catch(() => undefined);
  }
  return signedIn;
}
