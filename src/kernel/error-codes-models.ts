import { known, type KnownError } from './known-error.ts';

/** What a call can be refused with for what it is about: how a tool is defined, what it asks, or a model. */
export const modelErrors = {
  // tools: what a definition says of itself
  'tools/unread-findings': known(
    409,
    'there are serious findings about this definition',
    'read them, and approve with `--accept-findings` if it is wanted all the same',
  ),
  'tools/own-server': known(
    403,
    'whoever wrote the document of a server does not approve its writing tools alone',
    'ask somebody else who may: an operator or an admin (`bailiwick person list`)',
  ),
  'tools/effect-undeclared': known(
    403,
    'this tool shows signs of writing, and no document says what it does',
    'ask the operator to say its `effect` in the ToolServer document',
  ),
  'tools/transport-shaped': known(
    403,
    'this tool does whatever its text says, so no approval says what a call does',
    'use a tool that has one job, or ask the operator for an exception with an end',
  ),
  'tools/exception-ended': known(
    403,
    'the exception under which this tool was called has ended',
    'ask the operator to renew it with an owner, a reason, a control and an end, or use another tool',
  ),
  // models
  'models/not-visible': known(
    404,
    'no such model for this agent',
    'ask `GET /llm/v1/models`, and write `PROVIDER/MODEL` as it says',
  ),
  'models/invalid-request': known(
    422,
    'the request is no chat completion that is served',
    'correct the member that the details name',
  ),
  'models/unknown-field': known(
    422,
    'a member of the request is not known, so it is refused',
    'send only members that the documentation of this gateway lists',
  ),
  'models/provider-executed': known(
    403,
    'the request asks the provider to fetch, keep or run something by itself',
    'use tools of type `function`, send content instead of addresses, and call tools through the gateway',
  ),
  'models/not-served': known(
    422,
    'a member of the request is not served here',
    'leave out the member that the details name',
  ),
  'models/outside-envelope': known(
    403,
    'the request asks for more output than this model may give',
    'ask for fewer tokens, or for one choice',
  ),
  'models/upstream-error': known(
    502,
    'the model provider answered with an error',
    'read the details, correct the request, or try later',
  ),
  'models/upstream-unreachable': known(502, 'the model provider cannot be reached', 'try later'),
  'models/upstream-timeout': known(
    504,
    'the model provider did not answer in time',
    'ask for less, or try later; what was sent may have been read and billed',
  ),
  'models/upstream-protocol': known(
    502,
    'the model provider broke the protocol',
    'report this to the operator',
  ),
  'models/answer-too-large': known(502, 'the answer is larger than the cap', 'ask for less'),
  // tools: what is said and asked while a call is on its way
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
  'semantic/bulk-withheld': known(
    403,
    'the result is more than may be told unasked, so nothing of it is told',
    'ask for less; where a person may decide, the same call once more is put before one',
  ),
  'tools/surplus-fields': known(
    403,
    'the call carries fields that it does not need here',
    'leave out what `details` names, and whatever your manifest does not list among `fields`',
  ),
  'semantic/object-unnamed': known(
    422,
    'this task carries labels, and what this call would write is named by nothing that can be followed',
    'name each thing by itself: no empty name, no `*`, no dots alone',
  ),
} as const satisfies Record<string, KnownError>;
