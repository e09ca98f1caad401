/**
 * What the proof of a requirement asks for, clause by clause, in our words; each with a part of the
 * title of the test that proves it. INVARIANT: an id is whole only when every clause of it has a
 * passing test; a clause whose proof is still missing says `missing`, and an id that does not stand
 * here is never whole, however many tests cite it.
 */
export type Clause =
  | { readonly clause: string; readonly test: string }
  | { readonly clause: string; readonly missing: string };

const proved = (clause: string, test: string): Clause => ({ clause, test });
const missing = (clause: string, why: string): Clause => ({ clause, missing: why });

export const clauses: Readonly<Record<string, readonly Clause[]>> = {
  'IDN-01': [
    proved(
      'subject and key are unique over all agents and instances, whatever is registered',
      'never gives two instances one subject or one key, whatever is registered',
    ),
    proved(
      "one agent's proof as another is 401",
      'with a stranger key, and one key speaking for another',
    ),
    proved('that refusal is an event', 'with a stranger key, and one key speaking for another'),
  ],
  'IDN-03': [
    proved(
      'user as subject, agent as actor, with the rights of both',
      'acts for that user: user as subject, agent as actor, with the rights of both',
    ),
    proved(
      'truth table of user, agent and task, through the exchange',
      'holds for any user, agent and task: the truth table',
    ),
    proved(
      'both are in the record of the decision',
      'gets done what both may, through both on record, and nothing more',
    ),
    proved(
      'an autonomous run carries the machine account only',
      'is that of the client itself for an agent that acts for nobody',
    ),
    proved(
      'users of a real provider are in the record, through unmodified clients',
      'goes from a 401 to a governed call for its user, as a client that is',
    ),
    proved(
      'so too through clients of others, which are given nothing but an address',
      'sends its user to sign in, calls for them on record, is stopped by their no, and asks again',
    ),
    proved(
      'tokens of a real provider are exchanged (in the soak: it needs Java)',
      'are acted for by what their token is exchanged for, and by no token of another client',
    ),
  ],
  'IDN-04': [
    proved(
      'a sign-in that ends is over at once and ends what stands on it',
      'that ends is over at once, owes its record and the end of what stands on it',
    ),
    proved(
      'a back-channel logout of the provider ends it, with an identity event',
      'are signed out here when they are there: the provider says so itself',
    ),
    proved(
      'a logout token counts once, and by its signature alone',
      'ends what it names at once, by session or by subject, once for each token',
    ),
    proved(
      'users see and withdraw their own consent, in a browser',
      'is seen and withdrawn at /access, and the client is refused',
    ),
    proved(
      'withdrawn consent, within the bound at every gateway, through unmodified clients',
      'is refused at every gateway within a second once its user’s yes is withdrawn',
    ),
  ],
  'IDN-05': [
    proved(
      'the same key from a second instance is refused and both are flagged',
      'refuses one key for two instances and names both on record',
    ),
    proved(
      "a person's own token is 401 and says why",
      'is refused, and the answer says what to do',
    ),
  ],
  'IDN-07': [
    proved(
      'create without an owner, or with one whom the directory does not know, gives 422',
      'takes no agent whose owner it does not know: 422',
    ),
    proved(
      'registration without a date of review is refused where one is demanded',
      'is not taken without either where a document asks for reviews',
    ),
    proved(
      'the owner leaves: orphaned at once, suspended when the clock says so, after a restart too',
      'is an orphan at once, on record and in status, and suspended after the grace',
    ),
    proved(
      'a real SCIM deactivation suspends the agent in a running system',
      'has an agent suspended in mid-session when its owner leaves, within a second',
    ),
  ],
  'IDN-13': [
    proved(
      'the record of a sign-in says who, when, from where and how',
      'is on record before it is there: who, from where, how, for how long',
    ),
    proved(
      'a refused one says whom the provider vouched for, and why not',
      'of somebody who did not prove themselves as is asked is refused, on record with who',
    ),
    proved(
      'one of nobody known is counted by source and code',
      'learns that a provider is not there, and leaves a counted record',
    ),
    proved(
      'evidence of attestation of workloads: which platform vouched, for which subject, by which token',
      'enrols a key of its own as the agent that a document says, without a join token, on record',
    ),
  ],
  'IDN-19': [
    proved(
      'people sign in by a real OpenID provider, and have the roles of their groups',
      'sign in with code and PKCE, are who it says, and have the roles of their groups',
    ),
    proved(
      'a missing factor is refused with a page, and asked of the provider',
      'are refused without what the document asks for, and let in with it',
    ),
    proved(
      '`acr`, `amr` and `auth_time` are held against what is asked',
      'is held against what the document asks; what is missing is no',
    ),
    proved('a step-up is held against the answer', 'signs in again for an act that asks for more'),
    proved(
      'SAML, through a real Keycloak as broker (in the soak: it needs Java)',
      'come from a SAML provider through Keycloak as broker, with the roles of their groups there',
    ),
    proved(
      'cookies and passkeys are of the public https name',
      'cookies are of that host alone and never leave without https',
    ),
    proved(
      'people who are kept here alone are told in red',
      'is red where people are kept here alone, and green with a provider',
    ),
  ],
  'IDN-20': [
    proved(
      'every event type has an actor kind for each link',
      'refuses a chain that does not say human, agent or system of each link',
    ),
    proved('a mixed chain lists every hop', 'name the human and every hop'),
  ],
  'IDN-22': [
    proved(
      'three agents in a row, with the rights of all',
      'goes as deep as its document says and no deeper',
    ),
    proved(
      'widening at any hop is denied',
      'gives nobody more than the intersection of all whom it came through',
    ),
    proved('a forged hop is denied', 'is refused forged: signed by itself, or changed on its way'),
    proved(
      'an over-long chain is denied',
      'goes over no more hops than the bound, whatever documents say',
    ),
    proved(
      'the intent of whoever wanted it is asked again',
      'is refused with another instruction than it gave, or with none',
    ),
  ],
  'IDN-23': [
    proved(
      'suspended in mid-session: the next call is denied',
      'refuses the next call of an agent that was suspended in mid-session',
    ),
    proved(
      'the owner leaves in mid-session: the next call is denied',
      'has an agent suspended in mid-session when its owner leaves, within a second',
    ),
  ],
  'IDN-24': [
    proved('without an identity', 'with a stranger key, and one key speaking for another'),
    proved('without a policy context', 'refuses what policy forbids, tells the agent no rule'),
    proved(
      'without an approved scope',
      'answers a hidden tool and a tool that does not exist alike',
    ),
  ],
  'DAT-08': [
    proved(
      'relayed with a forged intent',
      'is refused with another instruction than it gave, or with none',
    ),
    proved(
      'relayed without one',
      'gets nothing by a word alone: without a hand-off the high one acts as itself',
    ),
    proved(
      'relayed with a stale one',
      'is refused stale: once what it was given for is over, and its fruits with it',
    ),
    proved(
      'the rights of whoever wanted it hold for the callee',
      'gets done what both may, through both on record, and nothing more',
    ),
    proved(
      'what it read in one task of a user bounds what it does in another',
      'does not write in one task of a user what it read in another: held at every gateway',
    ),
  ],
  'DAT-09': [
    proved(
      'an edge that is not listed is denied',
      'goes on by the documents: who is not listed hands nothing on',
    ),
    proved(
      'what is handed on is what the document lists',
      'is for what the document lists, with its bounds and effects',
    ),
  ],
  'CRD-14': [
    proved(
      'nothing before the task, in between and after it, also after a restart',
      'may nothing before its task, in between, after it and after a restart',
    ),
    missing(
      'after a crash in the middle of a task: 0 grants and leases within the bound',
      'no test counts both across a crash',
    ),
  ],
  'CRD-20': [
    proved(
      'what tokens stand on is refused once it is withdrawn',
      'refuses it once it is withdrawn: $kind',
    ),
    proved(
      'several processes, the worst case measured, and no new token',
      'refuse a revoked instance within the stated bound, at whichever of them it calls',
    ),
    proved(
      'a gateway whose state is stale fails closed: it lets nothing go',
      'is assumed by every gateway that cannot confirm, within the stop lease',
    ),
  ],
  'POL-12': [
    proved(
      'a corpus of roles alone, one of attributes alone and one of both, over every case of a grid',
      'let go what they mean, of everybody and for every amount',
    ),
  ],
  'POL-15': [
    proved(
      'a call before the start, during, after the end',
      'may nothing before its task, in between, after it and after a restart',
    ),
    proved(
      'after the end of its time, while control is away',
      'is out at the end of its time, whether control has said so or not',
    ),
    proved(
      'after heartbeat loss: the gateway has not heard from control for its lease',
      'may nothing in its task at a gateway that has lost the heartbeat of control',
    ),
  ],
  'POL-16': [
    proved('targets and argument bounds, n and n+1', 'is held to what its task is narrowed to'),
    proved(
      'time, to the millisecond',
      'is out at the end of its time, whether control has said so or not',
    ),
    proved(
      'cumulative sums over parallel calls of a task, in any interleaving',
      'are never exceeded, whatever runs at once at however many gateways, and however it ends',
    ),
    proved(
      'cumulative sums over parallel calls of a task, over two gateways',
      'is held to the calls and sums of its task over parallel calls at both gateways',
    ),
  ],
  'DAT-14': [
    proved(
      'listing and guessing tools give not-found',
      'is shown what its task is about, and what else there is does not exist for it',
    ),
    missing(
      'listing and guessing of resources inside a task',
      'proved for manifests, not for tasks',
    ),
  ],
  'LIF-05': [
    proved(
      'overdue by the clock: first the access is reduced, then it is suspended',
      'of an agent that is due in %d days leaves, by the clock alone',
    ),
    proved(
      'each at the millisecond, told once',
      'is due from when it was first seen, overdue at the day, suspended after the grace',
    ),
    proved('a review ends it', 'begins anew when its owner has looked at it'),
  ],
  'CRD-01': [
    proved(
      'canary secrets are in no environment, file, answer or record of a run',
      'comes back in no answer, stands in no record, no output and no file, nor does our environment',
    ),
    proved(
      'an agent of another user reaches none of them',
      'lets an agent of another user reach nothing of the gateway but its listener',
    ),
    missing('a core dump of the agent shows none', 'no core dump is taken and scanned'),
  ],
  'CRD-07': [
    proved(
      'a tool outside the manifest is refused before anything is opened',
      'refuses a tool outside the manifest before anything is opened',
    ),
    proved(
      'the backend sees no call',
      'answers a hidden tool and a tool that does not exist alike, and asks no server',
    ),
  ],
  'CRD-08': [
    proved(
      'every request of the broker is an event with a digest',
      'puts on record what was lent, for what and until when, as a digest with a salt',
    ),
    proved(
      'the store holds no value',
      'keeps what it was given sealed: neither book nor record shows the value',
    ),
    missing(
      'requests and events are counted equal under injected faults',
      'no count over injected faults yet',
    ),
  ],
  'TOL-02': [
    proved(
      'a server that claims read-only for a tool that writes: the class of the gateway wins',
      'that fit go through, with the class that the gateway holds',
    ),
    proved(
      'what nobody classified counts as the worst',
      'takes what nobody classified for the worst',
    ),
  ],
  'TOL-21': [
    proved(
      'a tool that nobody knows is denied and on record',
      'answers a hidden tool and a tool that does not exist alike',
    ),
    proved(
      'a tool that is not listed is denied and on record',
      'answers a hidden tool and a tool that does not exist alike',
    ),
    proved('no wildcards', 'knows no wildcards'),
  ],
  'TOL-15': [
    proved(
      'arguments of the wrong shape and unnamed ones are refused',
      'refuses arguments of the wrong shape and arguments that nobody named',
    ),
    proved(
      'the tool server refuses as well when our layer is off',
      'are refused by the gateway, and with the gateway left out by the server itself',
    ),
  ],
  'POL-01': [
    proved('an engine that is gone denies', 'denies with a reason when the engine throws'),
    missing(
      'an engine that is slow denies',
      'the engine answers in process: nothing can be slow without the gateway being slow',
    ),
    proved('an engine that answers nonsense denies', 'denies when the engine answers'),
    proved(
      'there is no second path',
      'lets an agent of another user reach nothing of the gateway but its listener',
    ),
    proved('without the check the suite notices', 'by each mutant that is named for it'),
  ],
  'POL-02': [
    proved(
      'safe and reversible actions run at once',
      'lets reads through and asks a human before anything else',
    ),
    proved(
      'risky ones wait for a human',
      'holds an unreviewed write, runs it once after a yes, and never again',
    ),
    missing(
      'the default covers refund, production change, delete, read and propose-update',
      'classes are read, write and delete only',
    ),
  ],
  'POL-03': [
    proved(
      'the list of risky actions, with an owner for each class, is rendered and read back the same',
      'is rendered for a review and read back the same, to the letter',
    ),
    proved(
      'a policy that gates an action which the list lacks fails lint',
      'has whatever a rule gates, or the rule is a problem where it stands',
    ),
  ],
  'POL-04': [
    proved(
      'the rule that decided, with its place in the policy of then',
      'is told under the policies of its time, where they are kept, with the place of the rule',
    ),
    proved(
      'stored decisions decided again are answered as they were',
      'say which of them would be answered otherwise, by the arguments that were sent, and do nothing',
    ),
    proved(
      'ten thousand of them, all equal (a thousand in CI, ten thousand in the soak)',
      'are answered again as they were, by the policies that decided them',
    ),
    proved(
      'what rules were told of the user is on record',
      'of a user is judged again with their groups, by what those give them',
    ),
    proved(
      'and what they were told of values that flow',
      'over values that flow is judged again by where they came from',
    ),
    proved(
      'and the claims of the user beside groups: by name, values as keyed digests',
      'of a user is judged again by claims that rules spell out, of which the record has no value',
    ),
    proved(
      'and the scope of its task, as far as a record holds it',
      'of a task that was narrowed is judged again within that, and not where a record cannot hold it',
    ),
    missing(
      'and how much of an amount its task, and of a rate its agent, had used',
      'amounts, rates, stops and decision points outside are not played again: no record has their state',
    ),
  ],
  'POL-06': [
    proved('a tightened policy acts at once', 'takes a tightened policy at once'),
    proved(
      'under load each call is judged by one configuration, the older one or the newer',
      'each call is judged by one configuration in all its stages, numbers never fall, and nobody sees a refused one',
    ),
    proved(
      'the last call under the old rule, measured at two gateways that are called meanwhile',
      'what a rule permitted, by another rule that forbids it',
    ),
    proved(
      'a bundle that is not signed is refused',
      'unsigned, edited, by another key or of another tenant, is refused and red, and the last one stays in force',
    ),
    proved(
      'nor is an older one in force again',
      'an older one, however well it is signed, is in force no more',
    ),
  ],
  'POL-07': [
    proved(
      'equal to the real decision over generated calls, with other documents',
      'is answered as the gateway answers it, whatever is called',
    ),
    proved(
      'the tool records no call, and nothing is counted or asked',
      'sends, counts and records nothing, and asks nobody',
    ),
    proved('the answer tells why', 'say line by line what led to the answer'),
    proved('equal to the real decision over a corpus', 'gets the answer that the gateway gives'),
    proved('without a side effect', 'gets the answer that the gateway gives'),
    proved(
      'in the console: as it is and as proposed, with the nearest change',
      'try a call as it is and as proposed, by keyboard, with the nearest change and where a text is wrong',
    ),
    proved(
      'in the console: recorded calls under an open change',
      'decide recorded calls again as if a change that waits were in force, with its progress, and name the result',
    ),
  ],
  'POL-08': [
    proved(
      'a right is taken for a time, on record, and ends by itself',
      'take a role for a time that they are eligible for',
    ),
    proved(
      'an override ends by itself, at eight hours at most',
      'ends by itself, to the millisecond, and none is given for longer than eight hours',
    ),
    proved(
      'one without a reason is none',
      'has a reason, a giver who may approve and sits there, an agent and a target that there can be',
    ),
    proved(
      'it is logged as an override, and so is each call under it',
      'goes on where policy asks, with the id of the override and whose it is on record',
    ),
    proved(
      'the same end to end, and what is asked is asked again once it is over',
      'goes on under an override, whose id its record has, and is asked again once that is over',
    ),
    proved(
      'whoever asks what would be said, or was, hears of it, and what would be without it',
      'is told with it: who gave it until when, that it goes on, and what would be without',
    ),
    proved(
      'it is for one target that there is',
      'is for what a document or a pin names, and `*` is nothing',
    ),
    proved(
      'a call that goes on under one is not done again by a yes to what was asked before',
      'closes what was asked about the call that goes on and is',
    ),
    proved(
      'it lifts no deny and nothing that an ApprovalRule is about',
      'is nothing to what an ApprovalRule is about: there as many people say yes as it says',
    ),
    proved(
      'an override has a queue of its own',
      'is given for hours, listed, looked at by somebody else and ended',
    ),
    proved(
      'one that nobody has looked at turns the control red',
      'is red when nobody but its giver has looked at it for a day, until somebody does, on record',
    ),
    proved(
      'an edited store gives none',
      'stands beside the keys: a start knows it again, the store gives none, and an edited file is none',
    ),
    proved(
      'a pack of evidence has each of its acts in the report of that name',
      'have overrides, things held and tools rejected where people look for them',
    ),
    proved(
      'it is looked at by a person who sits there, and by no API token',
      'is red when nobody but its giver has looked at it for a day, until somebody does, on record',
    ),
  ],
  'POL-09': [
    proved(
      'the same call of the same agent, three environments, three answers',
      'is answered by the environment that its document says, whatever the call says',
    ),
    proved(
      'a header that says another environment is ignored, at every front',
      'that say in which environment its sender is are not read: the call is the one without them',
    ),
  ],
  'POL-13': [
    proved(
      'as many decisions as calls, in parallel too',
      'answers each of two parallel identical calls with its own decision and records',
    ),
    proved('batched calls', 'proves once whose it is, and has a record of each of its messages'),
  ],
  'POL-14': [
    proved(
      'a case fails each question alone, and the record names it',
      'failed alone it is a deny that the record names',
    ),
    proved(
      'the answers are recorded for every call',
      'lets an allowed read through once, with a durable intent and outcome',
    ),
  ],
  'POL-20': [
    proved(
      'no file, socket or port of the gateway is reachable',
      'lets an agent of another user reach nothing of the gateway but its listener',
    ),
    proved(
      'denials tell no rule',
      'refuses what policy forbids, tells the agent no rule, and puts the rule on record',
    ),
    missing('the time of a denial tells nothing', 'no timing review'),
  ],
  'POL-22': [
    proved(
      'autonomy x control, the matrix',
      'needs the controls of its level, each of them, and no more: the matrix',
    ),
    proved(
      'the least of it is enforced: a person before whatever is no read',
      'does nothing but read by itself, whatever rules permit, and no less than others',
    ),
  ],
  'POL-23': [
    proved(
      'no decision record lacks one of the four answers',
      'refuses a record of any type that lacks any of its parts',
    ),
    missing(
      'the console shows them',
      'a record is shown whole, and no screen asks the four questions',
    ),
  ],
  'APR-01': [
    proved(
      'no order of acts leaves the states',
      'never grant but once, for exactly what was approved, in time and on record',
    ),
    proved(
      'a forged chat callback is ignored',
      'what its client replies is no yes, whatever it says',
    ),
    proved(
      'chat carries a link, and nothing beside it',
      'is sent to our own place by our own words: neither agent nor handle nor argument stands there',
    ),
  ],
  'APR-03': [
    proved(
      'what waits and for how long, who reviews, at what speed and approve rate: golden',
      'says what waits and how long, and of each reviewer how many, how fast and how often yes: golden',
    ),
    proved(
      'the same of both stores',
      'tells whoever counts what was asked since then and what waits, without the arguments',
    ),
    proved(
      'Playwright of reviewer activity',
      'tell who reviewed, how many and with which share of yes, as the server counted them',
    ),
  ],
  'APR-05': [
    proved('the digest of what was shown is stored', 'names it, and it stands in its record'),
    proved(
      'what is executed is what was approved',
      'never grant but once, for exactly what was approved, in time and on record',
    ),
    proved(
      'for how long the grant lasts is on record',
      'counts distinct people, puts each yes on record, and a no ends it',
    ),
    proved(
      'the stored digest is compared with the executed change end to end',
      'sends to the byte what was shown, and its records tie what was shown to what was done',
    ),
  ],
  'APR-15': [
    proved(
      'bidi, zero-width and tag characters are shown, and nothing acts',
      'shows a held call whole, and a person approves it by mouse',
    ),
    proved(
      'very long text is shown whole before anybody can say yes',
      'folds what is long, and nobody approves it before it was opened',
    ),
    proved(
      'the same on the command line',
      'shows every character that will be sent: padding hides no recipient',
    ),
    proved(
      'text of the agent is marked as unverified',
      'tells beside a held call what its task did and what was said to the like, inert, and whose words are unverified',
    ),
    proved(
      'what came into the task before it stands beside it, whatever the task does to hide that',
      'is of what came before it: what brought labels stands first, whatever the task repeats',
    ),
    proved(
      'a diff where the old value is known',
      'is what its task was told of that thing, member by member, where it differs',
    ),
    proved(
      'in the hands of whoever decides, on the command line too',
      'tells what would stand otherwise, value beside value, and nobody who may not decide',
    ),
  ],
  'TOL-07': [
    proved(
      'a changed tool waits, and a person approves exactly that (Playwright)',
      'show a changed tool beside what was approved, with what hides in it, and a person approves exactly that',
    ),
    proved(
      'self-approval is refused while somebody else may',
      'is not approved by whoever wrote its document while somebody else may',
    ),
    proved(
      'one person alone may, and the record says so',
      'is approved by its author where nobody else is there, and the record says so',
    ),
    proved(
      'whoever asked for a change that another put in force is its author',
      'is who put its document, or who asked for the change that somebody else put in force',
    ),
    proved(
      'the same over the API, while time passes',
      'is shut to whoever asked for the change and open to whoever agreed',
    ),
    proved(
      'a tool that shows that it writes is a writing one, whatever its author declares',
      'writes where it shows so',
    ),
    proved(
      'a new write tool may be rejected, on record',
      'takes effect with its record owed: who, what and why',
    ),
    proved(
      'a no stays until it is another definition or somebody approves it, in both stores',
      'keeps a no to exactly what was looked at, until it is another or somebody approves it',
    ),
    proved(
      'it is rejected by keyboard, and lists say who and why (Playwright)',
      'reject a changed tool by keyboard: it stays shut, and lists say who and why',
    ),
  ],
  'APR-16': [
    proved(
      'content test at an SMTP sink',
      'waits, and a mail arrives with a link and nothing of what it is',
    ),
  ],
  'OBS-07': [
    proved(
      'explain a decision (Playwright)',
      'explain a call from its record in sentences: who, each gate, which rule, which person',
    ),
    proved('the queue (Playwright)', 'shows a held call whole, and a person approves it by mouse'),
    proved(
      'reviewer activity (Playwright)',
      'tell who reviewed, how many and with which share of yes, as the server counted them',
    ),
  ],
  'APR-17': [
    proved(
      'each of requester, user and owner can be excluded; N of M: the matrix',
      'holds for every set of the excluded, every person and every quorum: the matrix',
    ),
    proved(
      'work that was handed on stays whose it was: who began it, and the owner of each hop',
      'stays with work that is handed on: nobody who began it and no owner on its way says yes',
    ),
    proved(
      'where nobody knows whose it was there is no yes',
      'takes no yes where nobody knows whose work was handed on',
    ),
    proved(
      'each yes is on record, and a no ends it',
      'counts distinct people, puts each yes on record, and a no ends it',
    ),
    proved(
      'whoever left before it is spent does not count',
      'counts no more once whoever gave it is',
    ),
    proved(
      'nobody is added to be the second',
      'is not made by adding people after the question, nor by adding one of them anew',
    ),
    proved(
      'an edited store adds no yes',
      'adds no yes: not by the state, by a name, by a copy, by a time or by another call',
    ),
  ],
  'APR-02': [
    proved(
      'a restart at the waiting state',
      'survives a restart of both programs, and then executes once',
    ),
    proved(
      'a crash after the grant was spent',
      'has spent every grant whose use was acknowledged, and spends it no more',
    ),
    proved('rejected, expired and withdrawn never execute', 'refuses for good'),
    proved('exactly once after a yes', 'reaches the server once, however many present it at once'),
    proved(
      'also where its client waits for the yes and its gateway dies',
      'is made once, by whoever repeats it, when its gateway dies before the yes',
    ),
  ],
  'APR-06': [
    proved('every bound field, changed', 'does not serve a call with another'),
    proved('a second use', 'is spent once, with a handle or without one'),
    proved('the end of its time, to the edge', 'ends with its time, to the millisecond'),
  ],
  'SEM-02': [
    proved(
      'a call whose value a stranger chose waits for a person, who is told where it stood',
      'is held when the stranger chose it, and the question names where it stood',
    ),
    proved(
      'the same call goes by itself where the user named the value',
      'goes by itself when the user named it, and the record says by what',
    ),
    proved(
      'so over the real product, from a ticket to the held payment',
      'is held by the name of the ticket, and the one that the user named goes by itself',
    ),
    proved(
      'the taint test, over any value, encoding, split and order of calls',
      'never acts by itself, however it was written, hidden or put together',
    ),
    proved(
      'what its agent writes otherwise is the same value',
      'carries nothing of a stranger into a sink without a question on record, and a yes to it',
    ),
    proved(
      'poisoned fixtures in each carrier: mail, document, knowledge base, web',
      'has no power in a %s: what it orders waits, with its place, and the tool is not reached',
    ),
    proved(
      'stories of who had read the documents and not the rules: what goes through is named',
      'let through the attacks that are named here, and no other',
    ),
    missing(
      'what a user only asks about, reports or leaves to somebody else is no wish',
      'goes by itself in seven of eight such stories (test/flow/fresh.test.ts)',
    ),
    missing(
      'a value that a stranger only hints at, so that it stands in no text',
      'a date or flag goes by itself (test/flow/fresh.test.ts)',
    ),
  ],
  'SEM-03': [
    proved(
      'a read that tells somebody outside is caught before it runs',
      'is asked about where a read tells it to somebody outside',
    ),
    proved(
      'any sequence of calls, judged by what reached the tool',
      'carries nothing of a stranger into a sink without a question on record, and a yes to it',
    ),
    proved(
      'a suite judged by effects at the tool stub',
      'does not happen after a stranger’s text was read',
    ),
    proved('what was asked for happens', 'what the user asked for happens'),
    proved('words that an agent forges with a token free nothing', 'and nobody acts by them'),
    proved(
      'words that an agent forges in `_meta` free nothing, and the record says why',
      'grant nothing %s, and the record says why',
    ),
    proved(
      'turns that an agent writes itself free nothing',
      'grant nothing to an agent that writes them itself: no document is the usual case',
    ),
    proved('a later no takes back what was wanted', 'is narrowed by a later no'),
    proved(
      'a deed is wanted in whichever words of its kind',
      'is asked for in whichever words of its kind: %j',
    ),
  ],
  'SEM-05': [
    proved(
      'allow and challenge',
      'is held when the stranger chose it, and the question names where',
    ),
    proved('block', 'is refused when the user said no to it'),
    proved('a challenge is answered for one call', 'a yes is for this value in this call alone'),
    proved(
      'a challenge that times out is a block',
      'that nobody answered in time is a no, and the value stays where it was',
    ),
    proved(
      'a yes may hold for a value in its sink, and frees nothing else',
      'frees no other value, no other sink, nothing else of the call and not the same deed twice',
    ),
    proved(
      'the user is asked in their own chat, and the call goes on by itself',
      'is asked about in the chat of the user, by a client of the official SDK',
    ),
    proved(
      'the same after a restart and at another gateway',
      'is known after every gateway was killed, and so is what nobody asked for',
    ),
    proved(
      'and by a part of what was told nothing is freed',
      'frees nothing where another gateway read more of it than this one',
    ),
  ],
  'SEM-14': [
    proved(
      'what is found is on record, and whoever is told the result sees nothing of it',
      'what looks odd in a stranger’s text is on record and counted, and decides nothing',
    ),
    proved(
      'a hostile agent harness that tries to switch it off',
      'an agent that would not be noticed has no way to read what is odd without a word on record',
    ),
  ],
  'SEM-17': [
    proved(
      'a chain of steps that read and then speak outside is stopped',
      'a chain of harmless steps does not carry what was read to somebody outside',
    ),
    proved(
      'a chain over agents is gated by its worst step (D-03)',
      'is gated by its worst step: what one read and another one does waits as if one did both',
    ),
    missing('chains over sessions, by what is confidential and not by where it goes', 'not built'),
  ],
  'SEM-06': [
    proved(
      'before the tool, and before the output is told, by the gateway',
      'is held by the name of the ticket, and the one that the user named goes by itself',
    ),
    proved(
      'one of the two is disabled and the other still acts',
      'still is what an answer carries where nobody looks at arguments',
    ),
    proved(
      'nor is it skipped the other way round',
      'still is what arguments carry where nobody looks at answers',
    ),
  ],
  'SEM-07': [
    proved(
      'a label that came in once is in every later decision on record',
      'never loses a label: what came in once is in every later decision',
    ),
    proved(
      'a label survives a hand-off, in the token and at the receiver',
      'are the labels, in the token and at the receiver, and out of which task it came',
    ),
    proved(
      'in a request to a model the turns of the user are told from all others',
      'are not what stands in a turn of',
    ),
    proved(
      'what was retrieved is told from the user where it is pasted into a turn of theirs',
      'grant nothing where they repeat what a tool told, in the request or in the task',
    ),
    proved(
      'where words came from stands with the decision',
      'free what the user’s own side signed, and the record says which words did, and by which way',
    ),
    proved(
      'what a model is told carries marks and its label',
      'is told between marks that say whose words they are, where its document says so',
    ),
  ],
  'POL-11': [
    proved(
      'where values came from is a fact that decisions use',
      'takes the raise by untrusted content away only where every value is the user’s',
    ),
    missing('time of day, location, recent behaviour; a stale signal is risky', 'not built'),
  ],
  'APR-12': [
    proved(
      'an approval by a weak or a stale sign-in at a real provider is refused, with a challenge',
      'approve only by a sign-in that is as strong and as fresh as a document asks',
    ),
    proved(
      'a credential or a token never satisfies what a document asks',
      'is asked of whoever did not sign in, whatever they hold',
    ),
    proved(
      'a role is taken for a time by whoever is eligible, and ends by itself',
      'is taken by whoever is eligible, on record first, and ends by itself',
    ),
    proved(
      'each act that gives something can be guarded, and none that only takes away is held up',
      'through exactly where it only takes away',
    ),
    proved(
      'the command line signs in again in a real browser, and does the guarded act',
      'does by it what a StepUp guards, and goes on by it until it ends',
    ),
  ],
  'APR-18': [
    proved(
      'the clock moves on and it is denied',
      'comes by itself when nobody decides, to the millisecond',
    ),
    proved('what it held is free', 'ends what nobody decided and what nobody used, on record'),
  ],
  'AUD-01': [
    proved('every type is written when it is complete', 'takes every type when it is complete'),
    proved('every type has an emitter', 'has an emitter for every record type'),
    proved(
      'each way that a call ends writes exactly one terminal record',
      'writes exactly one terminal record',
    ),
  ],
  'AUD-02': [
    proved(
      'no type is written without its parts',
      'refuses a record of any type that lacks any of its parts',
    ),
    proved(
      'actor, tool, input, output, decision and time',
      'has actor, tool, input, output, decision and time in each pair of an action',
    ),
  ],
  'AUD-03': [
    proved('an edit, a cut, a swap, an insertion is found', 'accept a log of 70,000 records'),
    proved(
      'a role written into the store without a record lets nobody in',
      'that somebody writes into the store lets nobody in, is red and on record, until it is mended',
    ),
    proved(
      'a directory that was put back with what it speaks of',
      'finds a directory that was put back with what it speaks of, by what another log says of it',
    ),
    proved(
      'a database administrator who signs anew, by a head that is kept elsewhere',
      'a history that was rewritten and signed anew with the real key',
    ),
    proved(
      'a history that is signed anew under another name',
      'a history that was rewritten under another prefix of the same host',
    ),
    proved(
      'nothing acknowledged is lost or doubled, whichever call to the system fails',
      'goes on without a restart, refuses little, and has all that it acknowledged',
    ),
    proved(
      'an edit of a record, its place, its proof or the head, by code that npm relies on',
      'refuses every one of a thousand edits of record, place, proof and checkpoint',
    ),
    proved(
      'any edit of a log on disk, by stock Go',
      'refuse every one of a seeded set of edits of a smaller one',
    ),
    proved(
      'when it existed, by the word of an authority outside, for a stranger to check',
      'say that the log existed at a time, to OpenSSL and to both verifiers',
    ),
    proved(
      'a record that a writer numbered and no log has, over its restarts',
      'a writer that starts again begins a later life at 1: what is missing of any life is found',
    ),
    proved(
      'by a second signature that a quantum computer does not forge, where it is asked for',
      'checks a second signature where its key is given: missing ends in 2, wrong in 1',
    ),
    proved(
      'which stock readers of notes ignore',
      'accept one that is signed a second time with ML-DSA, which they do not know',
    ),
    proved(
      'a log in one place by what a directory in another says',
      'holds what a directory in one folder says against a log in another',
    ),
  ],
  'AUD-04': [
    proved(
      'with all else gone, views and timelines are the same, byte for byte',
      'is of the logs alone: with all else of the data folder gone it says the same',
    ),
    proved(
      'packs of evidence are made of the log alone: application logs, index and all else gone, each byte is the same',
      'is of the logs alone: without application logs, index and all else, every report is the same',
    ),
    proved(
      'coverage of rules is a report of the log alone, the same with all else gone',
      'is of the logs alone: without application logs, index and all else, every report is the same',
    ),
    proved(
      'the log says which rules come into force',
      'are on record by document, digest and id, in as many records as that takes',
    ),
  ],
  'AUD-05': [
    proved('a refusal', 'demands effect and cause of every refusal of a call'),
    proved('a time-out', 'says that the effect is unknown when no answer came in time'),
    proved('an exception', 'turns a server fault into code, message and action'),
    proved(
      'nothing done, done, unknown, each as it was',
      'closed every intent once, and said of what it cannot know',
    ),
    proved(
      'nothing begins on a disk that fills up, while what was begun can still end',
      'lets no call begin from then on, and takes all else',
    ),
    proved(
      'what could not be recorded, and was refused for it',
      'are on record by their number, types, reasons and times as soon as there is room',
    ),
  ],
  'AUD-06': [
    proved(
      'named profiles, with their periods and what they rest on',
      'has the named profiles with their periods and what they rest on',
    ),
    proved(
      'a fake clock over eight years: nothing goes early, what is over goes',
      'is as the documents say, over eight years: nothing goes early',
    ),
    proved(
      'of several profiles the longest',
      'of several the longest counts, in each of its parts',
    ),
    proved(
      'three months online, twelve in all',
      'online ends once an archive is bound to keep the records, and not before',
    ),
    proved(
      'deletion attempts: the store refuses what is early',
      'is refused by the store itself, whoever asks it for less',
    ),
    proved(
      'deletion attempts: a document that is made shorter',
      'is not made shorter for what is written',
    ),
    proved(
      'deletion attempts: files that somebody takes away',
      'is a fault where no record says that it was pruned',
    ),
    proved('a legal hold', 'waits for a legal hold, and says so; nothing goes while one is there'),
    proved(
      'a purge leaves evidence, for every reader',
      'is read from where it begins; what is before it is over',
    ),
    proved(
      "an object lock: no deletion, no shorter time, by whoever holds the writer's credential",
      'deletes no version, with and without asking for the lock to be passed by',
    ),
    proved(
      'a store that does not lock takes nothing',
      'puts nothing into a bucket that does not lock',
    ),
    proved('what is laid over a name is found', 'marks a name as deleted, which is found'),
    proved(
      'a longer period reaches what an archive has, in every kind of archive',
      'makes the period of what it has longer, without its bytes, and never shorter',
    ),
    proved(
      'each file of it, by the time of its records',
      'reaches every file that the archive took under a shorter one',
    ),
    proved('verified from the archive alone', 'verify from there alone, by both verifiers'),
  ],
  'AUD-07': [
    proved(
      'all of one subject, and nothing else, beside an oracle',
      'is what an oracle remembers, no more and no less, for each of them',
    ),
    proved(
      'in little work for each record, however long the log is',
      'are read and hashed alone, once it is known where they lie',
    ),
    proved(
      'also what comes late, to whoever follows',
      'comes to the log an hour after it was made',
    ),
    proved(
      'and counted, each record read from its log',
      'are all of them, over as many answers as it takes, each read from its log',
    ),
  ],
  'AUD-08': [
    proved(
      'refused at once, by a human, or because none answered: one view',
      'show for `%s` what a company of some weeks has of it',
    ),
    proved(
      'and narrowed by whom',
      'are each told what they show, and narrowed by what is asked beside them',
    ),
  ],
  'AUD-15': [
    proved('every type of record has a source', 'has an emitter for every record type'),
    proved(
      'policy decisions, with time and actor',
      'has actor, tool, input, output, decision and time in each pair of an action',
    ),
    proved(
      'what they are counted by',
      'are counted by what a query would find them by, and by nothing where they have none',
    ),
    proved(
      'authentications, well or not, decisions and changes: each source with its records',
      'is who, in which tenant and when, well or not, with an emitter and a test of each',
    ),
    proved(
      'a reason wherever somebody was refused',
      'is a reason with a code wherever somebody was refused, and what changed wherever something was',
    ),
    proved(
      'what was transferred, by a commitment that names nothing',
      'is proved by its commitment, whose salt is sealed with it and is gone when the key is',
    ),
  ],
  'AUD-18': [
    proved(
      'prompt, model, rules, configuration, tool definition and approval of a wrong outcome',
      'leads back to its prompt, model, rules, configuration, tool definition and who approved it',
    ),
    proved(
      'over agents and writers',
      'goes from the prompt to the backend, over agents and writers',
    ),
    proved(
      'the source of a value, and of a label',
      'leads from a value, and from a label, of a decision to the call that brought it',
    ),
  ],
  'CRD-13': [
    proved(
      'one question shows what was stored, lent and removed in 24 hours',
      'show for `%s` what a company of some weeks has of it',
    ),
    proved(
      'by agent and by what was lent, to be taken away',
      'of the broker is narrowed by agent and by what was lent, and taken away as lines',
    ),
    proved(
      'in a browser, two keys away, by agent and by credential, to be taken away',
      'is a day of lent credentials, two keys away, by agent and credential, to be taken away with proofs',
    ),
  ],
  'OBS-08': [
    proved(
      'each span below the one that called it',
      'shows each span below the one that called it, in the order of time',
    ),
    proved(
      'with its records, in order',
      'is told as the spans of its records, to an auditor, on record',
    ),
    proved('over agents, with a proof of each record', 'is shown as a tree in the terminal'),
    proved(
      'in a browser: from the prompt to the backend call, over agents, by a stored trace',
      'is followed from the prompt to the backend over both agents, from a record and from a task',
    ),
  ],
  'AUD-14': [
    proved(
      'what the caller says is taken, in message and header',
      'is believed where it is a traceparent',
    ),
    proved('no parent is made up', 'begin a trace where the caller had none'),
    proved(
      'a chain of three agents is one trace without orphans',
      'goes from the prompt through three agents to the backend, without an orphan',
    ),
    proved(
      'also where agents pass nothing on',
      'is gone on with by agents that say nothing of it, by the tokens that they were given',
    ),
    proved(
      'a receiver of OTLP gets it',
      'goes from the prompt through three agents to the backend, without an orphan',
    ),
  ],
  'AUD-09': [
    proved(
      'what is in force, what enforces it, and the last run',
      'shows what is in force, what keeps it, what would go and what came of the last run',
    ),
    proved(
      'shown to an auditor',
      'shows how long records are kept, what keeps them and what came of the last run',
    ),
  ],
  'AUD-10': [
    proved(
      'what a server says in an error is sealed with its record',
      'is told to the agent, and sealed with its record under the key of whose call it is',
    ),
    proved(
      'reveal without role is refused',
      'is shown to nobody else, for no purpose, to no token, and of no record without it',
    ),
    proved(
      'the refusal is on record',
      'is refused to everybody without the role, and the refusal is on record',
    ),
    proved(
      'canaries of calls are in no file, the index among them',
      'is in no file in plain: arguments, results, prompts, completions, windows',
    ),
    proved(
      'canaries never appear in index, exports and full text',
      'is nowhere any more: not in data, index, exports, bundles nor a store that is put back',
    ),
  ],
  'AUD-16': [
    proved(
      'the five streams and nothing else',
      'knows the five streams, and that nothing else belongs to them',
    ),
    proved(
      'a fresh install emits all five in the quick start',
      'has all five streams in its log after the first story',
    ),
  ],
  'AUD-19': [
    proved(
      'no plain text of a sealed body in any file',
      'is nowhere any more: not in data, index, exports, bundles nor a store that is put back',
    ),
    proved(
      'nor of what waits for a human',
      'are plain in no file of the store, and told as they were sent to whoever decides',
    ),
    proved('nor of any record in the index', 'keeps no text of any record in its file'),
    proved(
      'nor of a name that its caller made up, in any leaf',
      'stands in no leaf, and is sealed with the refusal',
    ),
    proved('nor of a method', '%s is written %s: what a caller made up is not'),
    proved(
      'nor of what people type, in any leaf',
      'stand in no leaf, and are read as they were typed',
    ),
    proved(
      'by a salted commitment',
      'have a salted commitment, which nobody can try guesses against',
    ),
    proved(
      'and it goes with the key of whoever it is about',
      'go with the key of %s: of who typed it, of whom the act names, of whom it is about',
    ),
    missing(
      'the records themselves are encrypted at rest',
      'names of people are plain in leaves and store, and the store keeps reasons of approvals, changes, tasks and stops; names of ours are plain by decision 0147',
    ),
    proved(
      'raw scan of every file for canaries',
      'is in no file in plain: arguments, results, prompts, completions, windows',
    ),
    proved(
      'a listener that others reach is refused without TLS in front',
      '%s %s is refused without a proxy that is named, and taken with it',
    ),
    proved(
      'records are sent to no other machine in the clear',
      '%s is taken: %s, for in the clear records cross no network',
    ),
  ],
  'AUD-20': [
    proved(
      'a timeline is assembled, over agents, writers and approvals',
      'goes from the prompt to the backend, over agents and writers',
    ),
    proved(
      'it is exported, provable by others',
      'as a bundle proves each record from the folder and a key alone',
    ),
    proved(
      'an annotation is a signed record of its own',
      'is a signed record of its own, with a proof as any has',
    ),
    proved(
      'what it is about is not altered',
      'is told with the record, the task and the annotation that it is about, and changes none of them',
    ),
    proved(
      'it is exported beside what it is about',
      'as a bundle proves what was said later too, and every edit of it is found',
    ),
  ],
  'AUD-21': [
    proved(
      'search and export are on record with what was asked',
      'are answered to an auditor, and are themselves on record with what was asked',
    ),
    proved(
      'every reveal is on record, before it',
      'is shown to the role privacy, and who looked, at what and what for is on record',
    ),
    proved('and is none without it', 'is not shown where that cannot be recorded first'),
  ],
  'AUD-22': [
    proved('one flipped byte fails', 'refuses another entry, another key, and every flipped byte'),
    proved(
      'one flipped byte in any file of a pack, a file gone, one added, another key',
      'does not hold with one byte flipped in any file',
    ),
    proved(
      'packs are made on a schedule, and proved by a public key alone',
      'is a pack for each day that ended, made by itself',
    ),
    proved(
      'missed ones are made up after an outage',
      'is made up after an outage, day by day, each of its own records',
    ),
    proved(
      'late or failed ones are red, and tried again',
      'is said to be missing while its folder is away or its making cannot be recorded',
    ),
    proved(
      'a name of the future, and a note that is empty, strange or of another period, make no pack and are red',
      'counts as made by a signed note of its own period alone',
    ),
    proved(
      'a making that cannot be finished is on record once at most',
      'is on record once, however often its place is taken',
    ),
    proved(
      'by a real instance, verified offline by the command line',
      'are red while their folder is away, then made by themselves',
    ),
    proved(
      'a pack has the verdict of verify',
      'has what verify says of the logs, also where they do not hold',
    ),
    proved(
      'and the coverage of controls: which rules were in force, used, never used, and what none covers',
      'says which rules were in force, which led to what and which to nothing, and what none was about',
    ),
    proved(
      'is kept by a profile, and removed by it, on record',
      'is removed when a document that names packs says so, on record before',
    ),
    proved(
      'and is made when asked for',
      'is made when somebody asks, up to now, on record by whom, and counts for none that is due',
    ),
    proved('a stand-alone verifier', 'is one file that a person can read'),
    proved(
      'complete: each type of record of an act of a person is in a named report, or listed with why not',
      'have each type of record that an act of a person leaves, but for these, with why',
    ),
  ],
  'DAT-02': [
    proved(
      'what is sealed of a tenant is unreadable once its key went, in the store and in copies',
      'is unreadable for good once two agreed, in the store and in copies; that of others is not',
    ),
    proved(
      'a backup holds no key, and what is in it is proved by the public key alone',
      'is one sealed file that is verified by the public key alone',
    ),
    proved(
      'the key of a tenant destroyed, then a backup from before read',
      'is unreadable in a file of `backup take` from before too, once its key went',
    ),
    proved(
      'a backup made after an erasure has neither the words nor the key',
      'has neither their words nor the key of them; one from before has the key, wrapped',
    ),
    proved(
      'what was in a backup is void without the mark in the data too',
      'voids what was in the backup also where its mark was taken out of the data',
    ),
    proved(
      'a backup of what runs under calls is one cut, with all that was answered before it',
      'is one cut, killed in the middle leaves no file, and holds up no call',
    ),
    proved(
      'all files of its store are of one moment',
      'has every file as of one moment, and nothing that was written after it',
    ),
    proved(
      'its logs are those of one signed checkpoint each',
      'verify as of one signed checkpoint, whatever is written between two of their files',
    ),
    proved(
      'a backup never reads what it writes',
      'is never taken into that folder, through a link or a folder that is not there yet',
    ),
    proved(
      'secrets are under the key of their tenant, and open nowhere once it is destroyed',
      'is under the key of its tenant, and opens nowhere once that is destroyed',
    ),
    proved(
      'nor from the memory of a gateway, a second later',
      'that was opened before opens for a second at most once the key of its tenant is destroyed',
    ),
    proved(
      'so are documents, held calls and what was published of a tenant; those of others open',
      'is in no file in plain, and opens nowhere once its key is destroyed; that of others does',
    ),
    proved(
      'what an earlier version wrote is sealed, also after a start that was cut off',
      'is sealed at the next start where an earlier version wrote it, also after one that was cut off',
    ),
    proved(
      'each column of the store is sealed, or is named with the reason why not',
      'is sealed column by column, or stands on the list with the reason why not',
    ),
    missing(
      'the rest of what people wrote',
      'reasons of delegations, tasks, consents and reviews, steps of reviews and matters of holds stand in plain (`plain-columns.ts`)',
    ),
    missing('rotation of the key of a tenant', 'it is made once, and only destroyed'),
  ],
  'AUD-12': [
    proved(
      'arguments and results of tools, of whoever they are',
      'is sealed for whom it belongs to: one key of a user at both gateways, another of another',
    ),
    proved(
      'prompts, completions and the model identity',
      'holds prompts and completions of models, whole and in windows',
    ),
    missing('a session export that lists what is missing', 'there is no such export yet'),
    missing('retrieved sources', 'they are results of tools like any other'),
  ],
  'DAT-10': [
    proved(
      'nobody is certified as forgotten who was not there',
      'of a name that nobody has is no erasure: what there is says that nothing was there',
    ),
    proved(
      'the payload vault: nothing opens, every proof holds',
      'is so for good: nothing opens, every proof holds, and the tombstone names no one',
    ),
    proved(
      'what gateways sealed of a subject, at each of them',
      'opens for nobody once its subject is forgotten, while record, proof and everybody else’s stay',
    ),
    proved(
      'a backup that is put back forgets again',
      'stays so when the store is put back from a backup',
    ),
    proved(
      'no guess can be tried against what a record says of it',
      'is proved by its commitment, whose salt is sealed with it and is gone when the key is',
    ),
    missing('source, vector store and memory', 'there are none of them yet'),
  ],
  'DAT-01': [
    proved(
      'row security is forced, for a role that owns nothing',
      'is forced on every table there is, none of which the runtime role owns',
    ),
    proved(
      'a cross-tenant fuzz at every API: the routes of control',
      'changes nothing and sees nothing of this one, by whatever route, name or id',
    ),
    proved(
      'and the fronts of agents: MCP and models over HTTP',
      'reads, lists and is told by errors nothing of this one, whatever name, handle, cursor or session it has heard of',
    ),
    proved(
      'errors tell nothing of the other',
      'is answered about what is the other’s as about what is nobody’s, to the letter',
    ),
    proved(
      'the routes of control before a fuzzer of others too (in the soak: it comes from PyPI)',
      'answers %s of %s as the document says, never with a fault, and tells nothing of the other tenant',
    ),
  ],
  'MON-17': [
    proved(
      'per agent, tool, instance and the whole, measured',
      'is in force within a second, and only a human with a reason releases it',
    ),
    proved('out of band', 'works by a file in the data folder while control does not answer'),
    proved(
      'with the normal channel blocked',
      'is assumed by every gateway that cannot confirm, within the stop lease, when control is frozen',
    ),
    proved(
      'held up by no keys that are used up',
      'holds up no act that takes away, though every key of theirs stands',
    ),
    proved(
      'nor by an earlier fault of the same request',
      'is done again by its key after a fault, and whenever it is asked',
    ),
    missing('exercised on a schedule', 'no scheduled exercise'),
  ],
  'EXE-09': [
    proved(
      'another user sees no process, file or socket of the gateway',
      'lets an agent of another user reach nothing of the gateway but its listener',
    ),
  ],
  'SEM-19': [
    proved(
      'size comes before anything else',
      'refuses arguments over their size before anything else looks at them',
    ),
    proved(
      'the schema comes before any detector',
      'refuses arguments of the wrong shape and arguments that nobody named',
    ),
  ],
  'CRD-19': [
    proved(
      'the real key stands in nothing that an agent can read',
      'the key stands in nothing that an agent saw',
    ),
    proved(
      'the stand-in used directly at the provider opens nothing',
      'used directly at the provider opens nothing',
    ),
    proved('of another agent it is refused', 'of another agent asks no model'),
    missing(
      'it works from its own enclave alone',
      'a stand-in that is bound to a key is; an unbound bearer works from anywhere',
    ),
    missing('an Anthropic-shaped endpoint', 'OpenAI-shaped alone is served'),
  ],
  'GOV-12': [
    proved(
      'texts of the product make no claim that nothing supports',
      'promise no compliance, no cost, no time and no feature of others by a name of ours',
    ),
    missing('review by a person', 'nobody has signed one'),
  ],
  'GOV-16': [
    proved(
      'real clients of two generations and a raw one are held alike',
      'are held to the same documents and leave the same kind of record',
    ),
    proved(
      'three agent frameworks and a scripted agent, driven by a scripted model, meet the same controls',
      'is held to the same by a scripted model: ',
    ),
    proved('what differs between them is written down', 'is written down as it was found'),
  ],
  'TOL-01': [
    proved(
      'a labelled corpus: transports are found',
      'is found by a rule and the words that it matched',
    ),
    proved('and tools with a job are not', 'is not seen in one that has a job'),
    proved(
      'registration is blocked',
      'is approved by nobody, who hears the rule, the words and the way out',
    ),
    proved('a call is blocked', 'is refused and not shown, although it was approved and stands in'),
    proved(
      'unless an exception with an expiry',
      'is called under an exception until it ends, by the clock of',
    ),
  ],
  'TOL-03': [
    proved('seeded bad descriptions are found, by a rule', 'is found, with its rule'),
    proved('good ones pass', 'is fit to be routed on where it says one thing plainly'),
    proved(
      'the check is explained to who approves',
      'is approved only by somebody who says that they read it',
    ),
  ],
  'TOL-10': [
    proved(
      'whatever field changes is seen',
      'is found in any field, and whatever is added or missing',
    ),
    proved('by a notice of the server, in both eras', 'listens for changed lists'),
    proved(
      'alert on record and block',
      'quarantines what changed since it was approved, and puts everything',
    ),
    proved(
      'the block ends with a new yes alone',
      'quarantines at once, hides the tool and ends only with a new pin',
    ),
    proved(
      'new writers at higher severity',
      'is high for whatever can write, by the class that the gateway holds',
    ),
    proved(
      'a server of the official SDK that changes its list in mid-session',
      'is seen by its notice: on record and shut until approved again, a new writer at higher severity',
    ),
  ],
  'TOL-11': [
    proved(
      'a sign of writing without a declared effect is refused',
      'is refused while it shows a sign of writing, and is not shown',
    ),
    proved(
      'to write is a separate act',
      'may be called once a document says what it does, by its name or',
    ),
    proved('and on record', 'is on record when it is given, changed and taken away; so is what'),
  ],
  'TOL-04': [
    proved(
      'page, row and byte limits are enforced by the gateway, whatever the server does',
      'comes in pages that say all of it: each names the next in words and for programs',
    ),
    proved('rows are cut between rows', 'is cut between two rows, and still fits what the tool'),
    proved(
      'a server streams 1 GB: memory stays bounded (a process)',
      'of one gigabyte takes no more memory than its beginning',
    ),
    proved(
      'rows without end: no more is read than the cap (HTTP)',
      'is cut off when its rows do not end, and what came of them is told',
    ),
    proved(
      'the response carries a cursor, and the cursor reads on, from outside',
      'tells a result of ten megabytes in pages, as far as it is read',
    ),
    proved(
      "another principal's cursor is refused",
      'is good for nobody else, and in no other form',
    ),
  ],
  'TOL-25': [
    proved(
      'an unlisted server is refused, whoever asks',
      'is not asked, neither for a call nor for its list',
    ),
    proved(
      'the list is by source and version',
      'lists what may be started and connected to, and refuses everything else',
    ),
    proved(
      'a source is not had by being called like it',
      'is not dodged by what is called like a listed one',
    ),
    proved('nor by a variable that leads elsewhere', 'which changes what a listed name stands for'),
    proved(
      'several gateways share what was installed',
      'is installed by several gateways at once, and by none under the server of another',
    ),
    proved(
      'a program with another digest is refused',
      'is started from a copy that is what the pin says, and from nothing else',
    ),
    proved(
      'a package with another digest is refused, before each start',
      'is installed once, and started only while all of it is as it was',
    ),
    proved(
      'another integrity or version is refused',
      'is not started when its registry gives out another one',
    ),
    proved(
      'a lock goes out and is compared',
      'tells every difference by itself, on whichever side it is',
    ),
    proved(
      'a lock comes in and pins exactly',
      'approves exactly what it names, and nothing that shows anything else',
    ),
    proved(
      'a builder is believed by pinned trust, identity, issuer and repository',
      'is believed by the pinned root, the identity, its issuer and the repository',
    ),
    proved(
      'a registry is believed by its pinned keys',
      'is believed by its signature over what is pinned, by a pinned key in its time',
    ),
    proved('another signer is refused', 'is not even loaded when it is signed by another'),
    proved(
      'a foreign or ended root is refused',
      'is refused when the root is a foreign one, or was not in force when it was built',
    ),
    proved('a statement of something else is refused', 'is refused when the statement is of'),
    proved(
      'a tampered statement is refused',
      'is refused when anything of the bundle is not what was signed',
    ),
    proved(
      'what was installed is asked again, by the trust of now',
      'is not started any more once its signers may not be believed',
    ),
    proved(
      'each server says what it is, who signed it and when that was verified',
      'says of each what it is, and who signed it by the wants that are in force',
    ),
    proved('a lock carries the signer', 'carries who signed a server'),
    proved(
      'packages of PyPI by content',
      'is installed by its digests and runs from there, without its index, until anything changed',
    ),
    proved(
      'a package of PyPI with another digest is refused',
      'is not installed when its index gives out another one, nothing, or what no line names',
    ),
    proved(
      'what pins no content is no pin',
      'do not load with a line that is not one version by its digests',
    ),
    missing(
      'the signer of packages of PyPI',
      'statements of PEP 740 are not asked for: of them the content is pinned alone',
    ),
  ],
  'TOL-05': [
    proved(
      'errors of tools and models have code, message and what to do',
      'is told in our words, and never repeated by itself',
    ),
    proved(
      'a server that crashes in a dozen ways is told in one shape, in both eras',
      'is told in one shape, without stack, path or secret, and on record',
    ),
    proved(
      'a server by command that dies, writes half or floods has code and effect too',
      'are answered for in time, with what may have happened, and harm nobody beside them',
    ),
    proved('what it prints is for admins alone', 'holds what a server printed for admins alone'),
    missing(
      'what was removed is kept in the audit store',
      'the words of an error are kept cleaned; what was taken out of them, and pages that are no JSON-RPC, are dropped',
    ),
  ],
  'TOL-12': [
    proved(
      'a credential for each server, and none of the client nor of another server reaches it',
      'is its own boundary: it gets its own credential, and nothing of the client nor of another server',
    ),
    proved(
      'the credential of server A is refused by B',
      'refuses what was lent for another one, and the caller is told so in our words',
    ),
    proved(
      'a process and a home for each server, apart by tenant',
      'is its own and its owner’s alone, apart by tenant and server, and outlives it',
    ),
    proved(
      'one that hangs hurts no other',
      'hurt no other: all tools of the others are listed and answer at once',
    ),
    proved(
      'an audience of its own in the token that a server is given, where it asks for one',
      'takes none of another issuer, for another server, of another kind, unsigned, or by another key',
    ),
  ],
  'TOL-17': [
    proved(
      'the list is that of its manifest',
      'shows an agent the approved tools of its manifest and no others',
    ),
    proved(
      'a hidden name is not found, and on record',
      'answers a hidden tool and a tool that does not exist alike, and asks no server',
    ),
    proved('the number is capped', 'is capped, and what is cut off cannot be called either'),
    proved(
      'and stays so for every user and task',
      'is of its manifest: what it cut is cut for every user and task too',
    ),
    proved(
      'clients of the official SDK list it and are told that the rest is not there',
      'lists and calls, is told every refusal, and goes on after each of them',
    ),
    missing(
      'one toolset for each mission and environment',
      'a manifest stands for a mission, narrowed by a task; there are no Environments yet',
    ),
  ],
  'TOL-18': [
    proved(
      'persona by environment, all of them, in every phase',
      'reaches servers of $group, in phase $phase, only by its groups, and else they are not there',
    ),
    missing(
      'environments of their own',
      'groups of servers stand for them until there are Environments',
    ),
  ],
  'TOL-22': [
    proved(
      'no listing and no call across groups',
      'reaches servers of $group, in phase $phase, only by its groups, and else they are not there',
    ),
    proved(
      'and nothing that tells that they exist',
      'is told the same of a server of another group as of one that does not exist',
    ),
    proved(
      'no credential across servers, of whatever group',
      'is its own boundary: it gets its own credential, and nothing of the client nor of another server',
    ),
    missing('no network path across groups', 'nothing here is put into a network of its own yet'),
  ],
  'TOL-24': [
    proved(
      'observe and warn let go on, and say what would have been said',
      'is called although it %s, and intent and outcome say what would have been said',
    ),
    proved(
      'a phase changes without a restart',
      'is enforced again with the next document, without',
    ),
    proved(
      'by tool, on record beside the configuration',
      'is on record, tool by tool, beside the configuration that it comes with',
    ),
    proved(
      'what an existing client has is put behind the gateway, and works observed',
      'writes while it is observed, and the record says what enforcing would have done',
    ),
    proved(
      'unmodified clients work through it',
      'lists and calls, is told every refusal, and goes on after each of them',
    ),
    proved('and so does an OpenAI-compatible one', 'lists the models of its manifest and no other'),
  ],
  'CRD-21': [
    proved(
      'every secret that is found is named, moved and left as a reference',
      'becomes documents, with names of the vault where secrets stood',
    ),
    proved(
      'of a whole project: before and after, and a second look finds nothing',
      'has its servers behind the gateway, its secrets in the vault, and one bridge; a second look finds nothing',
    ),
    proved('and nothing that is none', 'keeps what is no secret in the open, and finds secrets'),
    missing(
      'secrets outside the configuration of clients',
      'code and other files of a project are not searched',
    ),
  ],
  'POL-26': [
    proved(
      'a rule can demand device, network, risk or a fresh sign-in',
      'can be demanded to have %s',
    ),
    proved(
      'what the provider did not say is not there for a rule',
      'has what the provider did not say in no form',
    ),
    proved(
      'claims of the provider reach it as far as its document lets them',
      'counts as far as its document says: groups that something names, claims that go on, roles',
    ),
    proved(
      'missing and stale claims of a real provider are refused at sign-in',
      'are refused without what the document asks for, and let in with it',
    ),
  ],
  'LIF-01': [
    proved(
      'an agent that nobody registered obtains nothing',
      'issues join tokens of 128 bits, each another, for registered agents only',
    ),
    proved(
      'what it is registered with waits for somebody else',
      'puts tightenings in force at once, and lets what is risky wait for somebody else',
    ),
  ],
  'LIF-02': [
    proved(
      'no agent without owner, purpose and approved scope',
      'needs an owner, a purpose and a manifest, and is careful about the rest',
    ),
    proved(
      'one list of all agents with their state and instances',
      'are listed with their state, instances and unbound bearers',
    ),
    proved(
      'models, data and tools of each in the same list',
      'has for each agent a page with its owner, roles by environment, last rotation, what vouched for its keys, and one list of models, data and tools',
    ),
  ],
  'LIF-03': [
    proved(
      'attributes and scope lie within an approved template',
      'comes into force within it, and beyond it in nothing: each excess is named',
    ),
  ],
  'LIF-04': [
    proved(
      'a change of scope is reviewed before it applies',
      'waits where it is risky: whoever put it does not say yes, and somebody else may',
    ),
    proved(
      'the difference and who reviewed it are kept',
      'names by one digest what was asked for, in each of its records',
    ),
    proved(
      'each version of a document, with who, when and why',
      'tells every version of a document: who, when and why, also that it went',
    ),
    proved(
      'what was edited since is not applied',
      'is what was asked for to the letter: one that was edited in the store is over, on record, and never applied',
    ),
  ],
  'LIF-14': [
    proved(
      'an agent without the controls of its autonomy does not come into force',
      'needs the controls of its level, each of them, and no more: the matrix',
    ),
    proved(
      'a template that cannot be skipped',
      'cannot skip it where there is any, and needs none where there is none',
    ),
  ],
  'POL-24': [
    proved(
      'a fresh installation: the first write waits',
      'holds an unreviewed write, runs it once after a yes, and never again',
    ),
    proved('and a mail arrives', 'waits, and a mail arrives with a link and nothing of what it is'),
  ],
  'EXE-07': [
    proved(
      'a document comes back as it was, as any change does',
      'comes back as it was by a rollback, which waits as any change does',
    ),
    proved(
      'on record with who and why',
      'are kept with who and why, and one of them comes back as any change does',
    ),
    missing('what a call did is undone, in a window that ends', 'only documents roll back so far'),
  ],
  'SEM-18': [
    proved(
      'what a task writes carries its labels and where they came from, to other agents and sessions',
      'in the task of another agent at another gateway, under any spelling, with where it came from',
    ),
    proved(
      'poison: the label is there before the write, whatever becomes of it',
      'before it leaves: without the store nothing is written and nothing is read',
    ),
    proved(
      'later retrieval excludes what a person holds',
      'is read by nobody and in no list, until clean work writes it anew',
    ),
    proved(
      'what came by a poisoned source is listed, also through other things',
      'is listed by label, task, kind and origin, also through other things',
    ),
    proved(
      'and held by that source, by an operator, with a reason, on record',
      'is held by origin, by an operator, with a reason, on record',
    ),
    proved(
      'roll back: clean work that writes it whole cleans it, and nothing less does',
      'until clean work writes it whole; what is added to it cleans nothing',
    ),
    proved(
      'a write of which nobody learned what it made labels its kind for an hour, and not for good',
      'carries what is being made as all of its kind, for an hour where nobody learns what was made',
    ),
    proved(
      'a thing is found under every spelling that a server could take for it',
      'are one where a server could take them for one: %j and %j',
    ),
    proved(
      'and where a read could mean any, all of its kind is read',
      'and whoever reads %j reads all of its kind',
    ),
    proved(
      'one call without a name labels no whole kind',
      'and is not written where its name is none: %j labels no whole kind',
    ),
    proved(
      'what all of a kind carries is lifted by a person, on record',
      'is lifted as all of a kind by an admin, by its id, once nothing of it is on its way, on record',
    ),
    proved(
      'labels never fall by a write and a read',
      'never loses a label by writes and reads, in whichever order they come',
    ),
    missing(
      'detect: what is written is looked at for instructions',
      'arguments are looked through for secrets; signals are of results',
    ),
    missing(
      'the content of before is put back',
      'the gateway keeps no content of what servers hold: a person restores it there',
    ),
    proved(
      'over the real product: a note of an agent that read a stranger holds up the next one, a clean one does not',
      'holds whom it names, where the first one had read a stranger, and not whom the user names',
    ),
  ],
  'APR-11': [
    proved(
      'a count of rows asks a person',
      'asks a person by a count of rows, with the count, the bound and what is in it',
    ),
    proved(
      'a count of bytes asks a person',
      'asks a person by a count of bytes, whatever form they have',
    ),
    proved(
      'a count that only a result tells is withheld before it is told',
      'is withheld before a word of it is told; the same call once more is put before a person',
    ),
    proved(
      'by label, what is sensitive asks a person before it leaves, and secrets do not leave',
      'leaves by a question where it is personal, and not at all where it is secret',
    ),
    proved(
      'slow drip is caught by a window',
      'is caught by a window: over calls, tools of one kind of way out, and new tasks',
    ),
    proved(
      'over gateways, sessions and a restart',
      'knows what left before: a slow drip over gateways and sessions is caught, whichever of them it takes',
    ),
  ],
  'DAT-11': [
    proved(
      'a field list of a task, an entitlement or a manifest: the call leaves with those fields alone',
      'leaves without it: nobody downstream, and no rule, sees what was not needed',
    ),
    proved(
      'surplus is dropped and counted',
      'is shown to whoever approves as it goes, with how much was dropped on record',
    ),
    proved('or refused where the document says so', 'is refused where the document says so'),
    missing('prompts to models carry only declared fields', 'only arguments of tools have fields'),
  ],
  'MON-02': [
    proved(
      'data movement outside the scope of a project is detected',
      'is on record with a severity and counted, and goes on where its document says no more',
    ),
    proved(
      'and stopped where the document says so',
      'is stopped where its document says so, or waits for a person',
    ),
    missing(
      'movement by tools whose sinks no document declares',
      'of a tool without `flow` nobody knows where it goes',
    ),
  ],
  'SEM-10': [
    proved(
      'without a label: what the user neither said nor spoke of',
      'is asked about where it tells what nobody spoke of: %j',
    ),
    proved(
      'planted data in every kind of field, nested',
      'is found in every kind of field: nested, in lists, in names, as a number',
    ),
    proved('encoded: base64, hex, gzip, URL, twice', 'is found written %s'),
    proved(
      'in pieces over arguments and calls',
      'is found in pieces: over arguments, and over calls of the task',
    ),
    proved(
      'over the path: held or refused, with where it came from',
      'leaves by a question where it is personal, and not at all where it is secret',
    ),
    proved(
      'headers, resources and prompts that leave',
      'leaves no other way: in a resource’s address, in what a prompt is asked with, in headers',
    ),
    proved(
      'requests to models',
      'is what its document clears it for, and nothing else, whatever its sensitivity',
    ),
  ],
  'SEM-11': [
    proved(
      'a query whose declared result is above the clearance is refused before it runs',
      'is refused before the tool is asked, and reads what it is cleared for',
    ),
    proved(
      'a scan of what came is the second net',
      'leaves by a question where it is personal, and not at all where it is secret',
    ),
    missing(
      'labels of the columns of a real database, read by the query',
      'a tool is judged by what its document says of its result, not by the text of a query',
    ),
  ],
  'DAT-16': [
    proved(
      'what belongs to another region or tenant does not leave',
      'is of no other region and no other tenant',
    ),
    proved(
      'stories of strangers that ask for it, with their honest twins',
      'let nothing confidential out where documents say what is, and refuse nothing for it that was wanted',
    ),
  ],
  'OBS-02': [
    proved(
      'in a browser: what was refused is found and shown with its proof',
      'finds what was refused by a link that says so, and shows the record with its proof',
    ),
    proved(
      'in plain sentences',
      'explain a call from its record in sentences: who, each gate, which rule, which person',
    ),
    proved(
      'axe finds nothing on any page, in three themes',
      'break no rule of axe in the %s theme, hold at 1440 and 320 pixels, and keep what others wrote inert',
    ),
    missing(
      'a task script for each role, and somebody who is no engineer',
      'nobody but us has used it',
    ),
  ],
  'OBS-04': [
    proved(
      'a page for each agent, from which it is stopped',
      'stops by two keys and releases by keyboard, and the gateway follows',
    ),
    proved(
      'owner, roles by environment, last rotation and that nobody attested on it',
      'has for each agent a page with its owner, roles by environment, last rotation, what vouched for its keys, and one list of models, data and tools',
    ),
    proved(
      'the attestation of a platform on it, in a browser',
      'says on its page in a browser which platform attested its key, as what',
    ),
  ],
  'OBS-06': [
    proved(
      'what changed since approval, side by side',
      'show a changed tool beside what was approved, with what hides in it, and a person approves exactly that',
    ),
    proved(
      'what each agent reaches, its effect, and the rule and the yes that gate it, in a browser',
      'is one list with what each can do, the rule and the yes that gate it, and what needs a look, by mouse and by keyboard',
    ),
  ],
  'OBS-11': [
    proved(
      'in two actions and by keyboard, from the console',
      'stops by two keys and releases by keyboard, and the gateway follows',
    ),
    proved(
      'from the command line, whatever it is',
      'stops %s %s and releases it by name and reason',
    ),
    proved(
      'in force within a second',
      'is in force within a second, and only a human with a reason releases it',
    ),
    missing('from every session and alert', 'there are no alerts yet'),
  ],
  'TOL-08': [
    proved(
      'all that any agent reaches is one query, and each answer is what a probe as that agent hears',
      'is what is said to it when it tries each of them, and no tool is missing',
    ),
    proved(
      'exported whole, page by page',
      'is told page by page, each once, and of one agent where it is asked so',
    ),
  ],
  'TOL-09': [
    proved(
      'each writer with the rule and class that gate it; a rule goes, and the hole is a finding',
      'names the rule and the class that gate each writer, and shows the hole when a rule goes',
    ),
  ],
};
