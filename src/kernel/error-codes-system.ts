import { known, type KnownError, waitForOperator } from './known-error.ts';

/** What stands beside the path: records, credentials, the store, people, programs. */
export const systemErrors = {
  // audit
  'audit/unavailable': known(
    503,
    'the call cannot be recorded, so it does not happen',
    'try later',
  ),
  'audit/journal-failed': known(
    503,
    'the write-ahead file is closed',
    'start the program that writes it again; recovery reads what is on disk',
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
  'audit/already-done': known(
    409,
    'this call was done; its answer may have been lost when the gateway ended',
    'do not repeat it; the record named in `ref` says what was done',
  ),
  'audit/fenced': known(
    503,
    'a gateway that carried writes of this task is gone, and what it left open is not known yet',
    'retry in a few seconds; if it stays, ask the operator to look at `bailiwick effect list`',
  ),
  'audit/record-unknown': known(404, 'no such record', 'check the id'),
  'audit/record-pruned': known(
    410,
    'the record is not kept any more',
    'look in the archive; a record `log.pruned` says when and why it went',
  ),
  'audit/retention-not-over': known(
    409,
    'these records must still be kept',
    'wait until their time is over; `bailiwick audit retention` says when that is',
  ),
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
  'audit/nothing-sealed': known(
    404,
    'nothing is sealed with this record',
    'read the record itself: `bailiwick audit show`',
  ),
  'audit/erased': known(
    410,
    'the key was destroyed: nobody can open this any more',
    'the record named in `record` says when, why and by whom',
  ),
  'audit/subject-unknown': known(
    404,
    'nobody of this name is known here: nothing is sealed of them, and no person is called so',
    'name them as records do: `bailiwick audit query subject:NAME`; to hold what may come of them: `--force`',
  ),
  'audit/held': known(
    409,
    'a legal hold forbids to erase this',
    'the holds are named in `holds`; two people can release one (`bailiwick audit hold release`)',
  ),
  'audit/holds-differ': known(
    409,
    'the legal holds and agreements of the store are not those that are kept beside the keys: it was edited or put back, and nothing is erased',
    'find out who did it, then have both keep what either kept: `bailiwick audit hold mend --reason TEXT`',
  ),
  'audit/not-proven-yet': known(
    503,
    'no checkpoint speaks for this record yet',
    'ask again in a second or two',
  ),
  'audit/second-person': known(
    403,
    'whoever asked for this cannot agree to it',
    'have another person with the role privacy agree',
  ),
  'audit/query-malformed': known(
    422,
    'the query cannot be read',
    'read the page of `bailiwick audit query --help`',
  ),
  'audit/query-too-costly': known(
    422,
    'too much would have to be looked at to answer this at once',
    'ask for a shorter time, for one agent, tool or task, or page by page',
  ),
  'audit/query-busy': known(
    503,
    'too many questions about the log are waiting',
    'ask again in a moment',
  ),
  'audit/index-unavailable': known(
    503,
    'the index of the records does not answer',
    'ask again in a moment; `bailiwick audit index rebuild` makes it anew from the log',
  ),
  'audit/inconsistent': known(
    500,
    'the log contradicts itself',
    'keep the folder as it is and investigate',
  ),
  'audit/cursor-unreadable': known(
    500,
    'how far this export has come cannot be read',
    'put the file back, or take it away: then everything is exported again, under the same keys',
  ),
  'audit/witness-ahead': known(
    409,
    'a witness remembers more of this log than is here',
    'bring back the newest data; if they are lost, `bailiwick audit begin-anew`, then start again',
  ),
  'audit/archive-conflict': known(
    409,
    'the archive has something else under this name, or takes no such name',
    'keep both as they are and investigate; never delete from the archive to make room',
  ),
  'audit/archive-unavailable': known(
    503,
    'the archive takes or gives nothing',
    'make it reachable and give it room; nothing is lost meanwhile, and it is tried again',
  ),
  // credentials
  'credentials/unknown-secret': known(
    503,
    'the credential that this call needs is not in the vault',
    waitForOperator,
  ),
  'credentials/not-in-manifest': known(
    403,
    'no credential is lent for what is outside the manifest',
    'list what you may use, and use only that',
  ),
  'credentials/unwrap-failed': known(
    503,
    'the credential that this call needs cannot be opened',
    waitForOperator,
  ),
  'credentials/exchange-refused': known(
    403,
    'the authorization server of the tool server gave no token for this',
    waitForOperator,
  ),
  'credentials/unavailable': known(
    503,
    'the credential that this call needs cannot be had now',
    'wait, then retry',
  ),
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
  'semantic/object-withheld': known(
    403,
    'what this reads is withheld: a person holds it, or it carries what this agent may not see',
    'read something else, or ask an operator: `bailiwick flow objects` lists what is held and why',
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
  'config/moved': known(
    409,
    'the documents are not what they were when this was looked at',
    'make the plan again, look at it, and apply that one',
  ),
  'config/needs-review': known(
    409,
    'this change waits for somebody else',
    'ask another operator to look: `bailiwick change list`, `bailiwick change show`',
  ),
  'config/review-edited': known(
    409,
    'this change is not what was asked for: somebody edited it in the store, so it is over',
    'ask for it again, and find out who can write the data folder',
  ),
  'config/too-many-waiting': known(
    409,
    'a hundred changes of documents wait here already, so no other can be asked for',
    'decide some of them: `bailiwick change list`, `bailiwick change reject`',
  ),
  'config/second-person': known(
    403,
    'whoever asked for a change does not say yes to it',
    'ask somebody else to look at it',
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
  'backup/damaged': known(
    422,
    'this is no whole backup',
    'take another copy of it, and find out who can write where it lies',
  ),
  'backup/sealed': known(
    422,
    'the backup is sealed, and cannot be opened with what was given',
    'give `--passphrase`, or `--identity FILE` of the public key that it is sealed for',
  ),
  'backup/not-empty': known(
    409,
    'a backup is restored into an empty folder alone',
    'move what is there away and keep it, or name another folder with `--data`',
  ),
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
  // stops, as people give them
  'stop/unknown-target': known(
    404,
    'there is nothing of this name to stop',
    'check the name, or stop it all the same with `--force`',
  ),
  'stop/not-written': known(
    507,
    'the stop could not be written',
    'make room on the disk, or end the gateways',
  ),
  // what a connected directory says
  'directory/invalid': known(
    400,
    'this is not SCIM as it is understood here',
    'correct the request; docs/directory.md says what is understood',
  ),
  'directory/changed': known(
    412,
    'somebody else changed this at the same time',
    'read it again, then change it',
  ),
  'directory/not-unique': known(
    409,
    'somebody else has this userName',
    'match by userName before you create',
  ),
  // api and command line
  'api/unauthorized': known(
    401,
    'you are not signed in',
    'run `bailiwick login --browser`; an admin who lost their credential `bailiwick login`; the first one `bailiwick setup` with the setup link',
  ),
  'api/passkey-refused': known(
    401,
    'this passkey signs in nobody here',
    'open the page by the address that `bailiwick status` says, and try again',
  ),
  'api/passkey-copied': known(
    401,
    'this passkey signed in with a counter of before, so there may be a copy of it',
    'remove this passkey and add another',
  ),
  'api/step-up-required': known(
    401,
    'this asks for another sign-in than yours',
    'sign in again as the details say',
  ),
  'api/forbidden': known(
    403,
    'you may not do this',
    'an admin gives roles: `bailiwick person set-roles`',
  ),
  'api/not-found': known(404, 'no such thing', 'check the name'),
  'api/too-many-replays': known(
    429,
    'as many replays of this tenant run as may at once',
    'wait for one to end; one that nobody asks for ends within a minute',
  ),
  'api/too-many-checks': known(
    429,
    'as many checks and tries of policies of yours wait as may at once',
    'wait for one to end, then ask again',
  ),
  'api/idempotency-mismatch': known(
    422,
    'this Idempotency-Key was used for another request',
    'use a new key for each request, and the same one only to repeat it to the letter',
  ),
  'api/idempotency-running': known(
    409,
    'a request with this Idempotency-Key runs still',
    'ask again in a moment, with the same key',
  ),
  'api/idempotency-done': known(
    409,
    'this was done by an earlier request with this Idempotency-Key, and its answer is not kept',
    'look at what there is now; what was shown once is made anew, with a new key',
  ),
  'api/idempotency-unknown': known(
    409,
    'an earlier request with this Idempotency-Key did not end, so whether it was done is not known',
    'look whether it was done; if not, ask with a new key',
  ),
  'api/idempotency-full': known(
    429,
    'as many Idempotency-Keys of yours stand as may in a day',
    'ask without a key, or wait until some are a day old',
  ),
  'api/invalid': known(422, 'the request is not valid', 'correct the fields that the details name'),
  'api/setup-link-invalid': known(
    401,
    'the setup link is unknown, expired or used',
    'if you are set up already, sign in again with `bailiwick login`; if nobody is, `up` gives a new link at each start',
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
  // outbound: what strangers name is fetched with care
  'outbound/refused': known(
    422,
    'this address is not fetched from',
    'name a public https address, or have the host listed in a document',
  ),
  'outbound/unreachable': known(502, 'the address does not answer', 'look at it, then try again'),
} as const satisfies Record<string, KnownError>;
