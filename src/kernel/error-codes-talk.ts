import { known, type KnownError } from './known-error.ts';

/** What is said and asked while a call is on its way. */
export const talkErrors = {
  'tools/unknown-state': known(
    400,
    'this state is not known: it was used already, it has expired, or it belongs to another call',
    'make the call again, without what you replied',
  ),
  'tools/needs-capability': known(
    400,
    'the tool server can do this only for a client that can be asked for something',
    'declare the capability, or let the document of the server ask for it',
  ),
  'tools/asks-for-secret': known(
    403,
    'the tool server asks for a secret in a form, and nobody is shown one',
    'give the secret to the vault and name it as a credential of the tool server',
  ),
  'tools/too-many-asks': known(
    429,
    'too many questions of tool servers wait for this caller',
    'answer them, or wait until they expire, and call again',
  ),
  'tools/ask-refused': known(
    409,
    'the caller did not reply to what the tool server asked',
    'call again and reply',
  ),
} as const satisfies Readonly<Record<string, KnownError>>;
