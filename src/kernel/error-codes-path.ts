import { known, type KnownError, waitForOperator } from './known-error.ts';

/** What a call can be refused with on its way. */
export const pathErrors = {
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
  'admit/not-acceptable': known(
    406,
    'the answer has no form that this client takes',
    'send `accept: application/json, text/event-stream`',
  ),
  'admit/rate': known(
    429,
    'too many requests from this connection',
    'wait, then retry more slowly',
  ),
  'admit/connections': known(
    429,
    'too many connections are open',
    'use the connections that are open, and close those that are idle',
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
    'ask `server/discover` or `initialize` what is served, and use only that',
  ),
  'admit/missing-meta': known(
    400,
    'a required `_meta` field is missing',
    'send the protocol version and the client capabilities in `_meta` of every request',
  ),
  'admit/forbidden-host': known(
    403,
    'this host name is not served',
    'use the address that the gateway printed at start',
  ),
  'admit/unsupported-revision': known(
    400,
    'this protocol revision is not served',
    'use a revision that the answer names',
  ),
  'admit/method-not-allowed': known(405, 'this HTTP method is not served here', 'use POST'),
  'admit/not-found': known(
    404,
    'nothing is served at this address',
    'use the address that the gateway printed at start',
  ),
  'admit/unknown-session': known(
    404,
    'there is no such session',
    'begin a new one with `initialize`',
  ),
  'admit/unknown-event': known(
    400,
    'no answer of this session has such an event',
    'give back in `Last-Event-ID` what this session was told, or leave it away',
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
  'standing/agent-suspended': known(403, 'this agent is suspended', 'ask the owner of the agent'),
  'standing/environment': known(
    403,
    'this agent may not act in this environment',
    'call the gateway of an environment that its document names',
  ),
  'standing/review-overdue': known(
    403,
    'this agent is overdue for review: it only reads until somebody has looked at it, and then nothing',
    'have its owner review it: `bailiwick agent review`',
  ),
  'standing/owner-gone': known(
    409,
    'nobody who is there answers for this agent',
    'name an owner in its document who is in the directory, then resume it',
  ),
  'standing/instance-revoked': known(403, 'this instance is revoked', 'enrol a new instance'),
  'standing/rate': known(429, 'this agent has reached its rate', 'wait, then retry more slowly'),
  'standing/quota': known(
    429,
    'this agent has used up its quota',
    'wait for the next period, or ask the owner',
  ),
  'standing/task-amount': known(
    403,
    'this task has used up an amount that it was begun with',
    'ask for less, or have a task begun with more: `bailiwick task begin`',
  ),
  'standing/task-uncountable': known(
    400,
    'this task counts an argument that is not a whole number from 0 on here',
    'give the argument as a whole number, in the smallest unit',
  ),
  'standing/open-calls': known(
    429,
    'this agent has too many calls open',
    'wait for answers before you ask for more',
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
  'tools/ambiguous-name': known(
    409,
    'another tool of this agent has a name that looks the same',
    'ask the operator to leave one of them out of the manifest',
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
  'tools/server-busy': known(
    503,
    'this tool server has too many calls open',
    'wait, then retry the same call; nothing was done',
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
    'list again without a cursor',
  ),
  'tools/answer-gone': known(
    410,
    'the answer to this call is not kept any more: its connection broke too long ago, or there was no room',
    'look what the call did before it is made again: its record says so',
  ),
  'tools/server-unlisted': known(
    403,
    'this tool server does not come from where tool servers may come from',
    'ask the operator to list its source in a Registry',
  ),
  'tools/server-unpinned': known(
    403,
    'this tool server has no pinned content, and the registry requires it',
    'ask the operator to pin its package',
  ),
  'tools/package-mismatch': known(
    502,
    'the tool server is not what is pinned',
    'report this to the operator; nothing was started',
  ),
  'tools/provenance-missing': known(
    502,
    'the registry wants to know who signed this tool server, and nobody did',
    'report this to the operator; nothing was started',
  ),
  'tools/provenance-unavailable': known(
    502,
    'who signed this tool server cannot be known now: its package registry does not say',
    'try again in a minute; nothing was started',
  ),
  'tools/provenance-invalid': known(
    502,
    'what says who signed this tool server does not verify by the trust that is pinned',
    'report this to the operator; nothing was started',
  ),
  'tools/provenance-of-another': known(
    502,
    'what says who signed this tool server speaks of something else',
    'report this to the operator; nothing was started',
  ),
  'tools/signer-mismatch': known(
    502,
    'this tool server is signed by somebody else than the registry wants',
    'report this to the operator; nothing was started',
  ),
  'tools/unknown-page': known(
    404,
    'there is no such page of a result for this agent',
    'call the tool again that the result was of; a cursor is good for a while, in one task',
  ),
  'tools/result-too-large': known(502, 'the result is larger than the cap', 'ask for less'),
  // offers: resources and prompts of tool servers
  'offers/not-visible': known(
    404,
    'no such resource or prompt for this agent',
    'list what there is and use a name from it',
  ),
  'offers/unwatched': known(
    501,
    'nobody can be told of changes of this resource: its tool server does not say them, or only to whoever shows a credential',
    'read it again when you need it',
  ),
  'offers/ambiguous': known(
    409,
    'two tool servers of the manifest could be meant',
    'ask the operator to name it exactly, of one server, in the manifest',
  ),
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
  'policy/pdp-denied': known(
    403,
    'who decides over the rights of the user does not allow this call',
    'do not retry; the user can ask whoever gives such rights',
  ),
  'policy/pdp-unavailable': known(
    503,
    'who decides over the rights of the user gave no answer that counts, so the answer is no',
    waitForOperator,
  ),
  'policy/too-large': known(
    413,
    'the arguments are more than policy can judge in one call, so the answer is no',
    'send fewer or shorter values, in several calls if need be',
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
  'approvals/agreed': known(
    409,
    'you already said yes to this',
    'somebody else has to: more than one person is asked for',
  ),
  'approvals/not-yours': known(
    403,
    'a yes to this is not yours to give',
    'let somebody else look at it; you may still reject it',
  ),
  'approvals/changed': known(
    409,
    'this is not what was shown',
    'look at it again: `bailiwick approval show`, and decide about that',
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
  'overrides/unknown': known(404, 'no override is called so', 'look at `bailiwick override list`'),
  'overrides/own-review': known(
    403,
    'whoever gave an override does not review it',
    'ask somebody else who may: an approver or an auditor',
  ),
  'overrides/too-many': known(
    409,
    'fifty overrides wait for somebody to look at them',
    'let somebody else review them first: `bailiwick override list`',
  ),
  'approvals/unavailable': known(503, 'approvals cannot be checked now', 'try later'),
} as const satisfies Record<string, KnownError>;
