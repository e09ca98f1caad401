/**
 * Every bound of the product stands here, is documented from here and is tested at its edge.
 * Bytes, counts and milliseconds; the name carries the unit.
 */
export const limits = {
  requestBodyBytes: 1_048_576,
  /** A larger body is read only for somebody whose token or certificate is known. */
  strangersBodyBytes: 65_536,
  /** Larger ones that are being read; no source gets more than an even share. */
  largeBodies: 256,
  /** A header block as a whole; Node refuses more with 431 before we see it. */
  headerBytes: 16_384,
  jsonDepth: 64,
  jsonBytes: 16_777_216,
  requestReceiveMs: 10_000,
  headersReceiveMs: 5_000,
  idleConnectionMs: 60_000,
  /** One window of an answer, or a whole plain answer, until its reader has taken it. */
  answerTakenMs: 30_000,
  connections: 2_048,
  connectionsPerSource: 512,
  callsPerConnectionPerSecond: 2_000,
  openCalls: 4_096,
  openCallsPerAgent: 1_024,
  /** To one origin or process, of everybody; nobody gets more than half of it. */
  openCallsPerServer: 512,
  toolNameBytes: 128,
  /** What models take as the name of a tool; a longer one is shortened. */
  wireNameLetters: 64,
  argumentBytes: 262_144,
  resultBytes: 4_194_304,
  /** One page of a result that is not told whole, unless its document says otherwise. */
  resultPageBytes: 1_048_576,
  resultPageRows: 10_000,
  /** Of one result that is told in pages; of one that would have more, the first is told alone. */
  resultPages: 256,
  /** What is said again on each page: what is larger is no frame of what is cut. */
  resultFrameBytes: 16_384,
  /** What one gateway keeps of results that it told in part, in all, for one tenant and one agent. */
  keptPagesBytes: 67_108_864,
  keptPagesBytesPerTenant: 33_554_432,
  keptPagesBytesEach: 16_777_216,
  keptPagesMs: 600_000,
  /** Of a line that is too long to be read: so much is waited for, and dropped, for so long. */
  drainedBytes: 1_073_741_824,
  drainedMs: 20_000,
  /** Of one that answers nobody. */
  drainedChatterBytes: 67_108_864,
  resultScanBytes: 4_194_304,
  /** One window of a streamed answer: what it says, and how long that waits for more. */
  windowBytes: 65_536,
  windowMs: 250,
  streamEvents: 524_288,
  /** Texts of one stream that come side by side. */
  streamLanes: 256,
  /** Of one lane of a stream, when what comes next may make a secret of it; more is taken out. */
  laneHeldBytes: 65_536,
  upstreamTimeoutMs: 60_000,
  upstreamConnectMs: 5_000,
  /** A whole generation of a model, its stream included. */
  generationMs: 600_000,
  /** The longest silence in the middle of one. */
  generationIdleMs: 60_000,
  /** Choices that one generation may be asked for. */
  modelChoices: 8,
  upstreamMessageBytes: 16_777_216,
  toolsPerServer: 20_000,
  /** One part of what a gateway tells control of a server. */
  toolsPerReport: 128,
  /** Named one by one in records of one look; what is more is counted. */
  toolsNamedPerLook: 20,
  /** An exception for longer is none: 366 days. */
  exceptionMs: 31_622_400_000,
  /** So long before its end it is said. */
  exceptionEndsSoonMs: 604_800_000,
  /** More at once are one quarantine of the whole server. */
  quarantinesPerServer: 100,
  toolDefinitionBytes: 65_536,
  /** Our cursor with the server's own inside; a longer one of a server is its fault. */
  offerCursorBytes: 8_192,
  toolsListPageSize: 500,
  toolsListTtlMs: 60_000,
  driftCheckMs: 300_000,
  schemaNodes: 4_096,
  schemaWork: 200_000,
  patternBytes: 1_024,
  /** Of one list, and of one text, that a rule reads. */
  policySetItems: 1_000,
  policyStringBytes: 32_768,
  /** Records inside one another that rules can read. */
  policyDepth: 8,
  /** Steps of one call: a member, an item, 32 bytes of text. */
  policyWork: 2_048,
  /** To judge the policies of one tenant; longer is refused. */
  policyLoadMs: 60_000,
  /** Of what is made of them on the loop before everybody else has a turn. */
  policySliceMs: 4,
  /** Until the reference implementation has answered; then it is an error, and a deny. */
  policyOracleMs: 5_000,
  policyOracleWaiting: 256,
  /** A thread that nobody asks for so long is ended. */
  policyOracleIdleMs: 60_000,
  /** Of a processor for decisions that are asked of it too, in the mean and at once. */
  policySampleMsPerSecond: 5,
  policySampleBurstMs: 1_000,
  policySampleMs: 1_000,
  policySampleKinds: 4_096,
  /** What control made of the policies of one tenant, inflated. */
  judgedPoliciesBytes: 67_108_864,
  /** For how long whoever changed it waits until each gateway says that it has it. */
  configurationInForceMs: 3_000,
  accessTokenMs: 900_000,
  unboundTokenMs: 900_000,
  joinTokenMs: 600_000,
  /** Of a human who signed in, whatever the provider says; and for how long a browser may be away meanwhile. */
  personSessionMs: 43_200_000,
  personIdleMs: 3_600_000,
  /** Until a browser comes back from its provider; and how many may be on their way, in all and from one address. */
  signInAttemptMs: 600_000,
  signInAttempts: 2_048,
  signInAttemptsPerSource: 256,
  /** A command line waits for its person's browser: so long, and so many at once, in all and of one address. */
  loginRequestMs: 600_000,
  loginRequests: 1_024,
  loginRequestsPerSource: 64,
  /** So long a sign-in that is over is shown. */
  endedSignInMs: 2_592_000_000,
  /** Sessions that a provider ended, of one provider: the newest are remembered as long. */
  endedElsewhere: 10_000,
  /** What an identity provider says of itself and its keys: believed unasked, and while it is away. */
  providerFreshMs: 300_000,
  providerStaleMs: 3_600_000,
  /** It is asked no sooner again, whatever keys tokens name. */
  providerAgainMs: 10_000,
  providerWaitMs: 5_000,
  providerAnswerBytes: 262_144,
  providerKeys: 100,
  /** A token that a provider signed. */
  userTokenBytes: 32_768,
  /** What of it goes on to policies beside the groups. */
  passedClaims: 64,
  /** For how long clients may believe what is said of how to sign in. */
  metadataMs: 300_000,
  /** Of a task that somebody begins. */
  taskMs: 2_592_000_000,
  intentBytes: 16_384,
  /** Arguments of which a task counts the sum. */
  taskSums: 32,
  /** The longest that an agent acts for a user on one sign-in. */
  delegationMs: 2_592_000_000,
  /** Groups of one user that a token carries: of those only that a document names. */
  userGroups: 256,
  /** From the first agent of a chain to the last one. */
  handOffs: 8,
  tokensPerInstancePerMinute: 20,
  /** For all whom one instance acts for, and all whom it hands on to. */
  exchangesPerInstancePerMinute: 300,
  /** Until whoever it is for has exchanged it. */
  handOffTokenMs: 120_000,
  /** Of a token that somebody brings to be exchanged. */
  subjectTokenBytes: 32_768,
  /** Of what an authorization server elsewhere answers. */
  tokenAnswerBytes: 65_536,
  /** Different decision points that one call may ask whether its user may. */
  pdpsPerCall: 4,
  /** Until one has answered, whatever its document says; then it is a no. */
  pdpWaitMs: 5_000,
  /** What one is asked, with arguments where a document lets them go, and what it answers. */
  pdpQuestionBytes: 65_536,
  pdpAnswerBytes: 16_384,
  /** Of one decision point, open at once at one gateway; what is more is a no. */
  pdpQuestions: 64,
  /** Of a user's own token that goes along, sealed, in the token of the agent that brought it. */
  carriedTokenBytes: 4_096,
  /** How old a token may be by which a platform vouches for a workload of its own. */
  workloadTokenMs: 3_600_000,
  /** Of the token that says to a tool server whose request it is. */
  transactionTokenMs: 30_000,
  /** For how long a token of another authorization server is lent again, whatever that says. */
  exchangedTokenMs: 3_600_000,
  /** For how long an agent acts for somebody by a document's yes, unless that says otherwise. */
  exchangeMs: 3_600_000,
  /** Join tokens and unbound tokens together. */
  tokensPerPersonPerMinute: 300,
  /** Of what a user agrees to: 366 days. */
  consentMs: 31_622_400_000,
  /** Of an authorization code, and of a request that waits for its user. */
  codeMs: 60_000,
  authorizeMs: 600_000,
  authorizeRequests: 10_000,
  authorizeRequestsPerSource: 200,
  /** For how long the refresh token before the last one may come again: its answer may have been lost. */
  refreshGraceMs: 10_000,
  /** Of one delegation, by its client. */
  refreshesPerMinute: 20,
  /** What a client says of itself at its own address, how long that may take, and how long it is believed. */
  clientMetadataBytes: 16_384,
  clientMetadataWaitMs: 5_000,
  clientMetadataKeptMs: 3_600_000,
  /** Of one document that lets clients register themselves, in all and in one hour. */
  registeredClients: 1_000,
  registrationsPerHour: 1_000,
  /** One that nobody uses is forgotten. */
  unusedClientMs: 604_800_000,
  setupLinkMs: 600_000,
  assertionMs: 60_000,
  /** Of what a client that is no instance signs; its libraries make it longer. */
  clientAssertionMs: 300_000,
  clockSkewMs: 30_000,
  proofAgeMs: 60_000,
  nonceMs: 300_000,
  replayEntries: 1_000_000,
  /** Of a session of MCP, whatever is done in it. */
  sessionMs: 604_800_000,
  /** What one gateway remembers of sessions: a level of the log, an end. */
  sessionNotes: 16_384,
  /** So long nothing is said of a call in a session; then its client hears what it can come back for. */
  primedAfterMs: 500,
  /** A client in a session that stays away for longer has left for good: its call is ended. */
  callerAwayMs: 20_000,
  /** Answers of calls in sessions, for clients that lost their connection: in all, of one instance, and since the end. */
  keptAnswersBytes: 33_554_432,
  keptAnswersBytesEach: 8_388_608,
  keptAnswersMs: 120_000,
  /** Clients that wait at one gateway for what happens. */
  listeners: 1_024,
  listenersPerInstance: 8,
  /** As long as a token lasts: then whoever listens proves again who it is. */
  listenMs: 900_000,
  /** The longest silence of a stream that stays open. */
  keepAliveMs: 15_000,
  /** Resources of one tool server that are heard of. */
  watchedResourcesPerServer: 1_024,
  /** Resources that one agent instance wants to hear of: in its sessions together, and by one stream. */
  subscriptionsPerInstance: 64,
  /** Of all sessions, at one gateway. */
  subscriptions: 8_192,
  /** For how long it is kept what a session wants to hear of in which nobody listens. */
  subscriptionIdleMs: 3_600_000,
  /** Everything together that is asked beside one request, before its answer begins and stays open. */
  alsoAskedMs: 30_000,
  /** Messages of one batch. */
  batchMessages: 64,
  approvalMs: 3_600_000,
  grantMs: 900_000,
  /** How soon a held call is worth repeating. */
  approvalPollMs: 15_000,
  approvalsPendingPerAgent: 50,
  /** Of one tenant, as its connected directory says them. */
  directoryUsers: 100_000,
  directoryGroups: 10_000,
  directoryGroupMembers: 20_000,
  directoryEmails: 20,
  directoryTextBytes: 512,
  directoryFilterBytes: 4_096,
  directoryFilterTerms: 8,
  /** Of one change of one user or group. */
  directoryOperations: 200,
  directoryPage: 200,
  /** That serve at once: one takes the place of the other. */
  directoryTokens: 2,
  /** The longest grace that a document gives: 90 days. */
  graceMs: 7_776_000_000,
  /** Between two reviews of an agent: 366 days. */
  reviewMs: 31_622_400_000,
  /** 366 days. */
  directoryTokenMs: 31_622_400_000,
  reasonBytes: 2_000,
  /** How long what one person asked for waits for another to agree: 7 days. */
  agreementMs: 604_800_000,
  stopLeaseMs: 5_000,
  endedTaskMs: 3_600_000,
  unknownEffectsPerTask: 100,
  lostAnswerMs: 5_000,
  lostAnswers: 4_096,
  alreadyDoneMs: 600_000,
  heartbeatMs: 500,
  overlayEntries: 10_000,
  /** Until a source of credentials has answered; then it is a no. */
  /** What a tool server may ask before one answer, together and in turn. */
  asksAtOnce: 16,
  askRounds: 16,
  /** What a tool server may say in the stream of one answer before it. */
  upstreamAsides: 20_000,
  /** How long a person may take to reply. */
  askReplyMs: 300_000,
  /** Of one agent instance, open at once. */
  asksOpen: 64,
  /** Of all, at one gateway. */
  asksOpenInAll: 4_096,
  /** Connections to tool servers that are for one task of one instance, so that it can be asked. */
  aloneUpstreams: 1_024,
  aloneUpstreamsPerOrigin: 128,
  aloneUpstreamsPerInstance: 32,
  /** What a tool server says before its answer, while nobody takes it. */
  asidesWaiting: 64,
  credentialWaitMs: 5_000,
  /** Of one gateway, kept for as long as their source says and no longer. */
  credentialsKept: 1_024,
  recordBytes: 65_535,
  payloadBytes: 4_194_304,
  /** Of a result, a window or a completion that is kept sealed; of more, the commitment alone. */
  sealedResultBytes: 262_144,
  /** Keys of subjects that one gateway keeps, to seal under. */
  lentKeys: 4_096,
  journalSegmentBytes: 67_108_864,
  /** The first segment after a start, which waits until it is on disk. */
  journalFirstBytes: 8_388_608,
  journalReserveBytes: 1_048_576,
  /** How soon a record of a quiet log is signed for, and how often a busy one. */
  checkpointMs: 250,
  checkpointBusyMs: 1_000,
  /** Of a question about the log: its text, its words, and what those stand for in all. */
  auditQueryBytes: 2_048,
  auditQueryWords: 32,
  auditQueryTerms: 256,
  /** One page of an answer, and what is looked at for it, of what the index proposes, and for how long. */
  auditQueryRows: 1_000,
  auditQueryCandidates: 50_000,
  auditQueryMs: 2_000,
  auditMarkBytes: 8_192,
  /** One page of an export, each record with its proof; and later words beside what an answer shows. */
  auditExportRows: 500,
  auditAnnotations: 500,
  /** Records are counted no further. */
  auditCountedRecords: 100_000,
  /** Questions that wait for the index. */
  auditQueriesWaiting: 32,
  /** How often the index looks for new records when nobody asks. */
  auditIndexMs: 500,
  /** Exporting: the rest when there is nothing new, and how far what is remembered on disk may be behind. */
  exportIdleMs: 250,
  exportSaveMs: 1_000,
  /** A receiver that does not take what it is given is left alone for so long, then twice as long each time. */
  exportRetryMs: 500,
  exportRetryMostMs: 60_000,
  /** A receiver has so long for one batch, and may say so much to it. */
  exportAnswerMs: 30_000,
  exportAnswerBytes: 1_048_576,
  /** Records that are believed to be refused for good with none taken in between. */
  exportRefusedInARow: 100,
  /** Receivers in one file of exports. */
  exportSinks: 32,
  /** How often witnesses are asked for what is new, how long one may take, and how much it may say. */
  witnessEveryMs: 2_000,
  directoryLookMs: 5_000,
  directoryEveryMs: 300_000,
  witnessAnswerMs: 3_000,
  witnessAnswerBytes: 16_384,
  /** So long the end of a log may be unwitnessed before the status is red. */
  witnessLagMs: 60_000,
  /** Looks at what the archive lacks; after how much a new head is put; longest pause; when the status is red. */
  archiveEveryMs: 2_000,
  archiveRecords: 4_096,
  archiveEdgeMs: 900_000,
  archiveRetryMs: 300_000,
  archiveLagMs: 3_600_000,
  /** How often it is looked which records are over, and how many of one log go at once. */
  pruneEveryMs: 3_600_000,
  pruneRecords: 262_144,
  refusalWindowMs: 60_000,
  refusalCountMs: 15_000,
  refusalSources: 10_000,
  refusalKinds: 64,
  repeatedRefusals: 20,
  /** Tools that are not enforced yet and of which it is counted what would have been refused. */
  softToolsCounted: 256,
  /** Tokens of people for their programs. */
  apiTokenMs: 31_536_000_000,
  apiTokensPerPerson: 50,
  passkeysPerPerson: 20,
  /** What authenticators are asked to sign: so long, and so many at once. */
  passkeyChallengeMs: 300_000,
  passkeyChallenges: 1_000,
  /** How long a role may be taken that is not held for good. */
  elevationMs: 28_800_000,
  documentBytes: 1_048_576,
  documents: 5_000,
  documentFolderBytes: 67_108_864,
  documentFolderDepth: 16,
  documentAliases: 50,
  statePortMessageBytes: 67_108_864,
  statePortTimeoutMs: 5_000,
  /** Of one listener. */
  gateways: 64,
  /** Until another gateway of the listener has answered; then it is a no. */
  fellowWaitMs: 2_000,
  /** How long several gateways act on labels as they were read; a raise waits as long. */
  labelLeaseMs: 100,
  /** After a first restart that did not help; each further one waits twice as long. */
  supervisorRestartMs: 200,
  /** A program that does not say that it lives for so long is ended and started again. */
  programSilentMs: 15_000,
  /** Until it is ready. */
  programBeginMs: 60_000,
  orphanGraceMs: 1_500,
} as const;

export type LimitName = keyof typeof limits;
