/**
 * Every code that leaves this product, with the answer it carries. `docs/errors.md` is made from
 * this table, and a pin test freezes the list: a code is a promise to programs that read it.
 */
interface KnownError {
  readonly status: number;
  readonly message: string;
  readonly suggestedAction: string;
}

function known(status: number, message: string, suggestedAction: string): KnownError {
  return { status, message, suggestedAction };
}

const waitForOperator = 'ask the operator of this gateway; a retry does not help';

export const errorCodes = {
  // json: one strict reading of the bytes
  'json/invalid-utf8': known(
    400,
    'body is not valid UTF-8',
    'send UTF-8 without a byte order mark',
  ),
  'json/syntax': known(400, 'body is not valid JSON', 'send one JSON value'),
  'json/duplicate-key': known(400, 'an object has the same key twice', 'send each key once'),
  'json/forbidden-key': known(400, 'a key is not allowed', 'do not send the key `__proto__`'),
  'json/lone-surrogate': known(
    400,
    'a string has half of a surrogate pair',
    'send complete characters',
  ),
  'json/number-range': known(
    400,
    'a number does not survive reading',
    'send large or precise numbers as strings',
  ),
  'json/too-deep': known(400, 'the value is nested too deep', 'flatten the value'),
  'json/too-large': known(413, 'the body is too large', 'send less in one call'),
  // admit
  'admit/malformed': known(
    400,
    'the request is not well formed',
    'send one request of the protocol that this endpoint speaks',
  ),
  'admit/too-large': known(413, 'the request is too large', 'send less in one call'),
  'admit/too-slow': known(
    408,
    'the request took too long to arrive',
    'send the whole request at once',
  ),
  'admit/content-type': known(
    415,
    'the content type is not supported',
    'send `content-type: application/json`',
  ),
  'admit/rate': known(
    429,
    'too many requests from this connection',
    'wait, then retry more slowly',
  ),
  'admit/header-mismatch': known(
    400,
    'headers and body disagree',
    'make the protocol headers repeat what the body says',
  ),
  'admit/duplicate-header': known(400, 'a security header stands twice', 'send each header once'),
  'admit/forbidden-origin': known(
    403,
    'this origin may not call this endpoint',
    'call from an allowed origin',
  ),
  'admit/unknown-method': known(
    404,
    'this method is not served',
    'use `server/discover`, `tools/list` or `tools/call`',
  ),
  'admit/missing-meta': known(400, 'a required `_meta` field is missing', 'send the protocol version and the client capabilities in `_meta` of every request'),
  'admit/forbidden-host': known(403, 'this host name is not served', 'use the address that the gateway printed at start'),
  'admit/unsupported-revision': known(
    400,
    'this protocol revision is not served',
    'use revision 2026-07-28 or 2025-11-25',
  ),
  'admit/method-not-allowed': known(405, 'this HTTP method is not served here', 'use POST'),
  'admit/not-found': known(
    404,
    'nothing is served at this address',
    'use the address that the gateway printed at start',
  ),
  'admit/overloaded': known(503, 'the gateway is at its limit of open calls', 'wait, then retry'),
  // stop
  'stop/active': known(403, 'a stop is in force', 'wait until a human releases the stop'),
  'stop/unconfirmed': known(
    503,
    'the gateway cannot confirm that no stop is in force',
    'wait, then retry; the operator must restore the control program',
  ),
  // identity
  'identity/missing': known(
    401,
    'the request carries no credential',
    'send a proof of possession or use a client certificate',
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
  'identity/invalid-assertion': known(
    401,
    'the client assertion is not valid',
    'sign a fresh assertion with the enrolled key',
  ),
  'identity/unbound-not-allowed': known(
    403,
    'an unbound token may not use this tool',
    'enrol a key, or ask the operator to widen the agent',
  ),
  'identity/tenant-mismatch': known(
    401,
    'the credential belongs to another tenant',
    'use the listener of the tenant that issued the credential',
  ),
  // lifecycle, monitoring, tenancy: may it act at all now
  'standing/agent-suspended': known(403, 'this agent is suspended', 'ask the owner of the agent'),
  'standing/instance-revoked': known(403, 'this instance is revoked', 'enrol a new instance'),
  'standing/rate': known(429, 'this agent has reached its rate', 'wait, then retry more slowly'),
  'standing/quota': known(
    429,
    'this agent has used up its quota',
    'wait for the next period, or ask the owner',
  ),
  'standing/breaker': known(
    429,
    'the same refused call was repeated too often',
    'stop repeating the call; read the first refusal',
  ),
  // tools
  'tools/not-visible': known(
    404,
    'no such tool for this agent',
    'call `tools/list` and use a tool from it',
  ),
  'tools/quarantined': known(
    403,
    'the definition of this tool changed since it was approved',
    'ask the operator to review the change',
  ),
  'tools/not-approved': known(
    403,
    'this tool has not been approved yet',
    'ask the operator to review the tool',
  ),
  'tools/invalid-arguments': known(
    422,
    'the arguments do not fit the tool',
    'correct the arguments that the details name',
  ),
  'tools/unnamed-argument': known(
    422,
    'an argument is not part of the tool',
    'send only arguments that the schema names',
  ),
  'tools/outside-envelope': known(
    403,
    'an argument is outside what this agent may use',
    'stay inside the limits of the manifest',
  ),
  'tools/invalid-result': known(
    502,
    'the result does not fit the tool',
    'report this to the operator',
  ),
  'tools/schema-unsupported': known(
    403,
    'the schema of this tool cannot be checked safely',
    waitForOperator,
  ),
  'tools/schema-budget': known(
    422,
    'checking the arguments takes too much work',
    'send smaller arguments',
  ),
  'tools/upstream-error': known(
    502,
    'the tool server answered with an error',
    'read the details, correct the call, or try later',
  ),
  'tools/upstream-unreachable': known(502, 'the tool server cannot be reached', 'try later'),
  'tools/upstream-timeout': known(
    504,
    'the tool server did not answer in time',
    'check whether the effect happened before you retry',
  ),
  'tools/upstream-protocol': known(
    502,
    'the tool server broke the protocol',
    'report this to the operator',
  ),
  'tools/invalid-cursor': known(
    400,
    'the cursor is not valid any more',
    'call `tools/list` again without a cursor',
  ),
  'tools/result-too-large': known(502, 'the result is larger than the cap', 'ask for less'),
  // policy
  'policy/denied': known(
    403,
    'policy does not allow this call',
    'do not retry; ask the owner of the agent if you need it',
  ),
  'policy/no-permit': known(
    403,
    'nothing allows this call',
    'do not retry; ask the owner of the agent if you need it',
  ),
  'policy/evaluation-error': known(
    403,
    'policy could not be evaluated, so the answer is no',
    waitForOperator,
  ),
  'policy/engine-unavailable': known(
    503,
    'the policy engine does not answer, so the answer is no',
    'try later',
  ),
  'policy/invalid': known(
    422,
    'a policy is not valid',
    'correct the policy at the place that the details name',
  ),
  // approvals
  'approvals/pending': known(
    202,
    'this call waits for a human',
    'retry the identical call with the handle after it was approved',
  ),
  'approvals/rejected': known(403, 'a human said no to this call', 'do not retry'),
  'approvals/expired': known(403, 'nobody decided in time', 'ask again if it is still needed'),
  'approvals/spent': known(
    403,
    'this approval was already used',
    'ask again if the call is needed once more',
  ),
  'approvals/mismatch': known(
    403,
    'the approval is for another call',
    'retry with exactly the approved arguments, or ask again',
  ),
  'approvals/unknown': known(
    404,
    'no such approval',
    'use the handle from the answer of the held call',
  ),
  'approvals/not-pending': known(
    409,
    'this approval was already decided',
    'reload it and read its state',
  ),
  'approvals/void': known(
    403,
    'the approval no longer fits: the policy asks for more now',
    'ask again',
  ),
  'approvals/too-many': known(
    429,
    'too many calls of this agent wait for a human',
    'wait for decisions before asking for more',
  ),
  'approvals/unavailable': known(503, 'approvals cannot be checked now', 'try later'),
  // audit
  'audit/unavailable': known(
    503,
    'the call cannot be recorded, so it does not happen',
    'try later',
  ),
  'audit/journal-failed': known(
    503,
    'the write-ahead file failed',
    'restart the gateway; recovery reads what is on disk',
  ),
  'audit/outcome-unrecorded': known(
    500,
    'the outcome could not be recorded',
    'do not retry; ask the operator to reconcile the effect',
  ),
  'audit/unreconciled': known(
    409,
    'an earlier identical call has an unknown outcome',
    'ask the operator to reconcile it first',
  ),
  'audit/record-unknown': known(404, 'no such record', 'check the id'),
  'audit/unreadable-record': known(
    500,
    'a record cannot be read by this version',
    'use the version that wrote it, or a newer one',
  ),
  'audit/record-too-large': known(
    413,
    'the record is larger than a log entry may be',
    'send smaller arguments; large bodies belong into the payload',
  ),
  'audit/proof-invalid': known(
    422,
    'the proof does not hold',
    'get the proof, the entry and the key of the log again from their owner',
  ),
  'audit/inconsistent': known(
    500,
    'the log contradicts itself',
    'keep the folder as it is and investigate',
  ),
  // credentials
  'credentials/unknown-secret': known(
    503,
    'the credential of this tool is not in the vault',
    waitForOperator,
  ),
  'credentials/not-in-manifest': known(
    403,
    'no credential is lent for a tool outside the manifest',
    'call `tools/list` and use a tool from it',
  ),
  'credentials/unwrap-failed': known(
    503,
    'the credential of this tool cannot be opened',
    waitForOperator,
  ),
  'credentials/unavailable': known(503, 'the vault does not answer', 'try later'),
  // semantic
  'semantic/too-large': known(502, 'the value is too large to look through', 'ask for less'),
  'semantic/secret-in-arguments': known(
    403,
    'the arguments carry a secret',
    'remove the secret; the gateway lends credentials itself',
  ),
  'semantic/label-unavailable': known(
    503,
    'the labels of this conversation cannot be read or raised',
    'try later',
  ),
  // gateway
  'gateway/internal': known(
    500,
    'the gateway failed, so the answer is no',
    'report this to the operator',
  ),
  'gateway/cancelled': known(
    499,
    'the caller went away',
    'check whether the effect happened before you retry',
  ),
  'gateway/not-ready': known(503, 'the gateway has no configuration yet', 'wait, then retry'),
  'gateway/shutting-down': known(503, 'the gateway is shutting down', 'retry in a moment'),
  // config
  'config/invalid': known(
    422,
    'the documents have problems, so nothing was loaded',
    'correct every problem that is listed',
  ),
  'config/unreadable': known(
    422,
    'the documents cannot be read',
    'check the folder and its rights',
  ),
  // store and state port
  'store/locked': known(
    423,
    'this data folder is in use by another instance',
    'stop the other instance, or use another folder',
  ),
  'store/corrupt': known(
    500,
    'the store is damaged',
    'keep the folder as it is and restore a backup',
  ),
  'store/older-version': known(
    500,
    'the data was written by another version',
    'start the version that wrote it, or migrate',
  ),
  'store/newer-version': known(
    500,
    'the data was written by a newer version',
    'start that version or a newer one; a downgrade is refused',
  ),
  'store/unavailable': known(503, 'the store cannot be reached', 'try later'),
  'store/full': known(507, 'the disk is full', 'free space, then start again; nothing was lost'),
  'store/conflict': known(
    409,
    'somebody else changed this at the same time',
    'reload, then try again',
  ),
  'store/keys-unreadable': known(
    500,
    'the keys cannot be read or do not belong to this data',
    'point `--keys` at the folder that belongs to this data',
  ),
  // reservations
  'reservations/exceeded': known(
    429,
    'the limit for this period is reached',
    'wait for the next period',
  ),
  // api and command line
  'api/unauthorized': known(
    401,
    'you are not signed in',
    'run `bailiwick setup` with the setup link',
  ),
  'api/forbidden': known(403, 'you may not do this', 'ask an admin'),
  'api/not-found': known(404, 'no such thing', 'check the name'),
  'api/invalid': known(422, 'the request is not valid', 'correct the fields that the details name'),
  'api/setup-link-invalid': known(
    401,
    'the setup link is unknown, expired or used',
    'restart with an empty data folder, or ask the admin',
  ),
  'api/reason-required': known(422, 'a reason is required', 'say why with `--reason`'),
  'cli/usage': known(422, 'the command is not complete', 'read `--help`'),
  'cli/not-running': known(
    503,
    'no running instance was found',
    'start one with `./bailiwick up`, or name its data folder with `--data`',
  ),
  'up/port-taken': known(
    409,
    'the address is already in use',
    'choose another address, or port 0 for a free one',
  ),
} as const satisfies Record<string, KnownError>;

export type ErrorCode = keyof typeof errorCodes;
