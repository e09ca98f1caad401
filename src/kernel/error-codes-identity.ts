import { known, type KnownError } from './known-error.ts';

/** What callers hear of who they are, and of who they are not. */
export const identityErrors = {
  'identity/missing': known(
    401,
    'the request carries no credential',
    'send a proof of possession or use a client certificate',
  ),
  'identity/user-gone': known(
    403,
    'the directory says that this user is not here any more',
    'ask whoever keeps the directory',
  ),
  'identity/rights-differ': known(
    403,
    'the store says of this person, passkey or token what nobody decided: it was edited or put back, and this row lets nobody in',
    'find out who did it; an admin puts back what was decided: `bailiwick person mend --reason TEXT`, or whoever owns the keys: `bailiwick login`',
  ),
  'identity/invalid-token': known(401, 'the token is not valid', 'get a new token'),
  'identity/expired-token': known(401, 'the token has expired', 'get a new token'),
  'identity/wrong-audience': known(
    401,
    'the token is meant for somebody else',
    'get a token for this gateway',
  ),
  'identity/user-token': known(
    401,
    'a human user token cannot authenticate an agent',
    'enrol the agent instance and send its own token; a user token is exchanged, never forwarded',
  ),
  'identity/api-key': known(
    401,
    'shared API keys cannot authenticate an agent',
    'enrol the agent instance with a join token',
  ),
  'identity/invalid-proof': known(
    401,
    'the proof of possession is not valid',
    'sign a fresh proof with the enrolled key',
  ),
  'identity/proof-expired': known(
    401,
    'the proof of possession is too old or from the future',
    'check the clock, then sign a fresh proof',
  ),
  'identity/replayed-proof': known(
    401,
    'this proof was already used',
    'sign a fresh proof for every request',
  ),
  'identity/too-many-proofs': known(
    503,
    'too many proofs were used in a short time to remember another one',
    'wait a minute, or use a client certificate',
  ),
  'identity/proof-not-judged': known(
    503,
    'the gateway that remembers whether this proof was used does not answer',
    'try again in a moment with a new proof, or use a client certificate',
  ),
  'identity/nonce-required': known(
    401,
    'the proof needs the nonce of this gateway',
    'repeat the request with the nonce from `DPoP-Nonce`',
  ),
  'identity/key-mismatch': known(
    401,
    'the key does not belong to this token',
    'use the key that was enrolled',
  ),
  'identity/unknown-certificate': known(
    401,
    'the client certificate is not enrolled or not valid now',
    'enrol its key with a join token',
  ),
  'identity/unknown-agent': known(
    401,
    'this agent is not registered',
    'ask the operator to register the agent',
  ),
  'identity/no-task': known(
    503,
    'the agent has no task at the moment',
    'retry in a few seconds; if it stays, its operator has to begin one: `bailiwick task begin AGENT`',
  ),
  'identity/task-open': known(
    409,
    'the agent works in a task already',
    'end that one first (`bailiwick task end ID`); a standing one goes for good with `standing: none` in the agent’s document',
  ),
  'identity/task-too-soon': known(
    503,
    'the task before has ended a moment ago, and its last answers may still be on their way',
    'repeat it in a few seconds',
  ),
  'identity/task-ended': known(
    409,
    'the task has ended',
    'begin again: the next call belongs to the next task, which knows nothing of this one',
  ),
  'identity/join-token-invalid': known(
    401,
    'the join token is unknown, expired or used',
    'ask the operator for a new join token',
  ),
  'identity/key-in-use': known(
    409,
    'this key is already enrolled',
    'make a new key for every instance',
  ),
  'identity/workload-refused': known(
    403,
    'no document says that this workload is one of our agents',
    'list its subject and claims in a WorkloadIssuer, for one agent alone',
  ),
  'identity/invalid-assertion': known(
    401,
    'the client assertion is not valid',
    'sign a fresh assertion with the enrolled key',
  ),
  'identity/too-many-tokens': known(
    429,
    'too many tokens were asked for in a short time',
    'use a token until it expires; wait, then ask again',
  ),
  'identity/not-consented': known(
    403,
    'whoever this is done for, or whoever began the task, did not consent to this kind of effect',
    'ask them to consent to it: sign in again, or begin a task that has it',
  ),
  'identity/unknown-scope': known(
    403,
    'the task of this token is narrowed, and to what is not known here',
    'wait a moment and repeat the call; get a new token when it stays so',
  ),
  'identity/delegation-ended': known(
    401,
    'the delegation that this token stands on is over',
    'sign in again',
  ),
  'identity/login-over': known(
    404,
    'this request of a command line is over, or there never was one',
    'begin again with `bailiwick login --browser`',
  ),
  'identity/login-refused': known(
    403,
    'whoever was asked in the browser did not agree',
    'begin again with `bailiwick login --browser`',
  ),
  'identity/too-many-logins': known(
    429,
    'too many command lines wait for the browsers of their people',
    'answer one of them, or wait ten minutes',
  ),
  'identity/too-many-hops': known(
    403,
    'the work was handed on too often',
    'have it done by an agent nearer to whoever wants it',
  ),
  'identity/unknown-provider': known(
    404,
    'no identity provider is configured under this name',
    'choose one of those that the sign-in page shows',
  ),
  'identity/provider-away': known(
    503,
    'the identity provider does not answer',
    'try again in a moment; when it stays so, ask the operator to look at it',
  ),
  'identity/provider-fault': known(
    502,
    'the identity provider does not answer as it must',
    'ask the operator to look at its document and at the provider',
  ),
  'identity/sign-in-lost': known(
    400,
    'this answer belongs to no sign-in that this browser began, or its time is over',
    'begin again on the sign-in page, in one browser, within ten minutes',
  ),
  'identity/sign-in-denied': known(
    403,
    'the identity provider did not sign you in',
    'begin again; when it stays so, ask whoever runs the provider to let you use this client',
  ),
  'identity/weak-sign-in': known(
    403,
    'the identity provider did not say that you proved yourself in the way that is asked for here',
    'sign in again with what is asked for: a second factor, or once more; else ask the operator',
  ),
  'identity/claims-refused': known(
    403,
    'what the identity provider says of you cannot be used',
    'ask the operator to compare the claims of the provider with its document',
  ),
  'identity/invalid-subject-token': known(
    400,
    'the token that is to be exchanged is not valid, or not meant for this',
    'get a new one from whoever issues it, for this agent and this server',
  ),
  'identity/invalid-exchange': known(
    400,
    'the token exchange lacks something, or asks for something that is not served',
    'send what docs/delegation.md says',
  ),
  'identity/exchange-not-allowed': known(
    403,
    'no document lets this agent act for this user by a token that it exchanges',
    'have the user sign in and consent, or ask the operator for an Exchange document',
  ),
  'identity/words-not-taken': known(
    403,
    'the words of the user that came with the token are not taken; `why` says what is wrong',
    "have the user's own client sign them as docs/delegation.md says, by a key of a Speaker document",
  ),
  'identity/hand-off-not-listed': known(
    403,
    'no document lets the one agent hand this on to the other one',
    'ask the operator for a HandOff document',
  ),
  'identity/invalid-hand-off': known(
    400,
    'the hand-off token is not valid, not for this agent, or used before',
    'have the agent that hands it on ask for a new one',
  ),
  'identity/unbound-not-allowed': known(
    403,
    'an unbound token may not do this',
    'enrol a key, or ask the operator to widen the agent',
  ),
  'identity/tenant-mismatch': known(
    401,
    'the credential belongs to another tenant',
    'use the listener of the tenant that issued the credential',
  ),
  // lifecycle, monitoring, tenancy: may it act at all now
} as const satisfies Record<string, KnownError>;

/**
 * What clients of OAuth hear. INVARIANT: behind the slash stands the code that its RFC gives it (6749, 7591,
 * 8707, 9449), with a line where that has an underscore.
 */
export const oauthErrors = {
  'oauth/invalid-request': known(
    400,
    'the request lacks something, has something twice, or something that is not understood',
    'send what RFC 6749 and the metadata of this server ask for',
  ),
  'oauth/invalid-client': known(
    401,
    'the client is not known, or did not prove to be the one that it names',
    'register it, or send what it was registered with',
  ),
  'oauth/unauthorized-client': known(
    400,
    'this client may not do this',
    'ask the operator for a Client document that allows it',
  ),
  'oauth/invalid-scope': known(
    400,
    'the scope names something that is no class of effect',
    'use `read`, `write` and `delete`',
  ),
  'oauth/invalid-target': known(
    400,
    'tokens are not made for this resource or audience',
    'name the gateway that its metadata names',
  ),
  'oauth/unsupported-grant-type': known(
    400,
    'this kind of grant is not served',
    'use one of `grant_types_supported` in the metadata of this server',
  ),
  'oauth/invalid-grant': known(
    400,
    'the code or the refresh token is not valid any more, or not for this client',
    'send the user through the authorization endpoint again',
  ),
  'oauth/access-denied': known(
    403,
    'the user, or the operator for them, said no',
    'ask the user, or the operator for a Client document that allows it',
  ),
  'oauth/unsupported-response-type': known(
    400,
    'only `code` is answered',
    'ask with `response_type=code` and a code challenge of S256',
  ),
  'oauth/invalid-redirect-uri': known(
    400,
    'this client is not answered at this address',
    'use one that is registered for it, exactly as it is written there',
  ),
  'oauth/invalid-client-metadata': known(
    400,
    'what the client says of itself is not valid',
    'correct its metadata',
  ),
  'oauth/too-many-clients': known(
    429,
    'too many clients have registered themselves',
    'wait, or ask the operator for a Client document of its own',
  ),
  'oauth/too-many-requests': known(
    503,
    'too many requests to sign in wait for their users',
    'wait a minute, then begin again',
  ),
  'oauth/unknown-request': known(
    404,
    'this request to sign in is over, or there never was one',
    'begin again in the client',
  ),
  'oauth/forged-form': known(
    403,
    'this form was not sent by the page that it belongs to',
    'open the page again and send it from there',
  ),
  'api/last-admin': known(
    409,
    'nobody would be left who may add people',
    'make somebody else an admin first',
  ),
} as const satisfies Record<string, KnownError>;
