import { setTimeout as pause } from 'node:timers/promises';
import { sha256Hex } from '#kernel/digest.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { dropLogin, readLoginAnswer, writeLoginAsk } from '../../sdk/login-file.ts';
import { signInHere } from './asking.ts';
import { textFlag, type Command, type CommandInput } from './command.ts';
import { checkKeepable, keysFolder, saveCredential } from './connection.ts';
import { cell, textOf } from './output.ts';

/** So long the request stands; nothing is done after it. */
const standsMs = 10_000;
/** What was done at its end is still heard. */
const waitMs = standsMs + 5_000;
const lookMs = 100;

export const login: Command = {
  name: 'login',
  summary:
    'With --browser: you sign in in your browser, and this command line is you until that ends. Without it: signs an admin in again who lost their credential, for whoever owns the folder of the keys on this machine. The one before is worth nothing then. It is on record, and red in status for a day.',
  words: '',
  flags: {
    name: { type: 'string', value: 'NAME', help: 'which admin, where there are several' },
    keys: {
      type: 'string',
      value: 'DIR',
      help: 'folder of the keys (default: the one of the instance that runs on the data folder)',
    },
    elsewhere: {
      type: 'boolean',
      help: 'with --browser: the browser is on another machine than this one',
    },
  },
  examples: [
    'bailiwick login --browser',
    'bailiwick login --browser --elsewhere',
    'bailiwick login --name maria --data ./data',
  ],
  async run(input) {
    if (input.flags['browser'] === true) {
      await loginByBrowser(input);
      return;
    }
    const keys = textFlag(input, 'keys') ?? keysFolder(input.dataFolder);
    if (keys === undefined) {
      const message = `nothing runs on the data folder ${input.dataFolder}`;
      throw new BailiwickError('cli/not-running', { message });
    }
    // What cannot be kept is not asked for: the credential before it would be worth nothing already.
    await checkKeepable(input.home);
    const credential = newCapability() + newCapability();
    const answer = await askFor(keys, input, credential);
    const file = await saveCredential(input.home, input.dataFolder, credential);
    input.out.print(
      { ...answer, credentialFile: file },
      () => `you are ${cell(answer['name'])}, ${cell(answer['role'])}; it is on record`,
    );
  },
};

async function loginByBrowser(input: CommandInput): Promise<void> {
  await checkKeepable(input.home);
  const isElsewhere = input.flags['elsewhere'] === true;
  const place = { ...input, byBrowser: true };
  const { credential: _, ...signedIn } = await signInHere(
    place,
    {},
    ...(isElsewhere ? [true] : []),
  );
  input.out.print(
    { ...signedIn, roles: [...signedIn.roles] },
    () =>
      `you are ${cell(signedIn.name)}, ${cell(signedIn.roles.join(', '))}, until ${cell(signedIn.until)}`,
  );
  if (input.env['BAILIWICK_CREDENTIAL'] !== undefined) {
    input.note('BAILIWICK_CREDENTIAL is set, and goes before this sign-in\n');
  }
}

async function askFor(keys: string, input: CommandInput, credential: string): Promise<JsonObject> {
  const id = newId(Date.now());
  const name = textFlag(input, 'name');
  const asked = {
    credentialDigest: sha256Hex(credential),
    until: Date.now() + standsMs,
    ...(name === undefined ? {} : { name }),
  };
  try {
    writeLoginAsk(keys, id, canonicalText(asked));
  } catch (fault) {
    throw notOwner(keys, fault);
  }
  try {
    const told = await answerTo(keys, id);
    if (typeof told['code'] !== 'string') return told;
    const { code, message, suggestedAction } = told;
    throw new BailiwickError(code as ErrorCode, {
      message: textOf(message),
      suggestedAction: textOf(suggestedAction),
    });
  } finally {
    dropLogin(keys, id);
  }
}

async function answerTo(keys: string, id: string): Promise<JsonObject> {
  const until = performance.now() + waitMs;
  while (performance.now() < until) {
    const bytes = readLoginAnswer(keys, id);
    const told = bytes === undefined ? undefined : parseJson(bytes);
    if (isJsonObject(told)) return told;
    await pause(lookMs);
  }
  throw new BailiwickError('cli/not-running', {
    message: `nobody answered in ${keys}`,
    suggestedAction:
      'is `bailiwick up` running with these keys, and is the folder `login` in there its own alone?',
  });
}

function notOwner(keys: string, fault: unknown): BailiwickError {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown';
  return new BailiwickError('api/forbidden', {
    message: `this user cannot write into ${keys} (${code})`,
    suggestedAction: 'run it as the user that Bailiwick runs as, on its machine',
  });
}
