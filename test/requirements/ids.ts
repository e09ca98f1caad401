/**
 * Every requirement of the product, in short words of our own. Tests cite these ids in their
 * titles, in square brackets; `./bailiwick requirements` says which are proved and by what.
 */
const text = `
IDN-01 each agent and instance has its own verifiable identity and key, shared with nobody
IDN-02 agents authenticate as workloads only, never by a human's login
IDN-03 a call for a user carries user and agent, and has only the rights of both
IDN-04 a delegation ends with the user's session or consent
IDN-05 shared keys and raw user tokens are refused
IDN-06 identities are registered with the identity provider and reconciled
IDN-07 each identity has a present owner and a review date
IDN-08 no identity holds an admin or wildcard role
IDN-09 one query lists roles, systems, environments, grantor and time
IDN-10 key rotation is drilled and its last run is known
IDN-11 identity documents are short-lived, attested and renewed by themselves
IDN-12 X.509 and JWT SVIDs are fully validated
IDN-13 each authentication is recorded with workload, place, evidence and result
IDN-14 from an event to the agent and what else it could reach in one step
IDN-15 federated tokens are accepted on exact issuer, subject and audience
IDN-16 a recommender names the identity that fits the hosting pattern
IDN-17 the named platform identities are accepted
IDN-18 preview capabilities are marked, off and additive
IDN-19 people sign in by workforce SSO and step-up results are used
IDN-20 every record tells humans from agents and lists every hop
IDN-21 agent identities appear in identity governance
IDN-22 every hand-off proves the caller and the user's intent again
IDN-23 identity state is checked again at every call
IDN-24 identity, policy context and scope are all there, or the call is refused
CRD-01 the agent never holds a lasting secret
CRD-02 every secret is a reference to the broker
CRD-03 the broker is reached by workload identity
CRD-04 a scanner finds secrets in code, environments and settings
CRD-05 token lifetimes are bounded
CRD-06 a minted token serves one call only
CRD-07 nothing is minted for a tool outside the manifest, nor is a backend asked
CRD-08 every broker request is on record with a digest, never the value
CRD-09 broker use is watched and alerts have a receiver
CRD-10 upstream rotation needs no change here
CRD-11 a recorded run shows how a credential was obtained
CRD-12 what a takeover of the runtime would yield is computed
CRD-13 a day of broker activity is one query away
CRD-14 access is given just in time and taken back
CRD-15 issuance can require attestation of the runtime
CRD-16 cloud access is temporary; static cloud keys are rejected
CRD-17 tools and bundles can be required to be signed
CRD-18 the product's own keys sit behind a key interface and do not leave it
CRD-19 model keys are substituted by stand-ins
CRD-20 a revocation is in force everywhere in a stated bound
CRD-21 found secrets have a way into the broker
TOL-01 transport-shaped tools are refused at registration
TOL-02 the gateway holds each tool's effect class; a server's hints are not trusted
TOL-03 tool descriptions pass a quality check
TOL-04 no result is unbounded
TOL-05 tool errors have code, message and suggested action, and leak nothing
TOL-06 no raw database or admin connection is reachable
TOL-07 a new tool waits for a review by somebody else
TOL-08 all reachable tools in one query
TOL-09 each writing tool is shown with the rule that gates it
TOL-10 definitions are fingerprinted; a change raises an alarm and blocks the tool
TOL-11 tools start read-only
TOL-12 each server is its own authorization boundary
TOL-13 production reads go to views with column lists
TOL-14 wrapped APIs become single-operation tools
TOL-15 arguments and results are validated against the registered schema
TOL-16 REST tools are validated against OpenAPI
TOL-17 an agent sees only its toolset; hidden names cannot be called; the number is capped
TOL-18 reading and writing personas are apart
TOL-19 manifests are signed and versioned
TOL-20 authorization reaches parameters and endpoints
TOL-21 tools are listed one by one; everything else is denied
TOL-22 servers are grouped and groups isolated
TOL-23 blast radius is computed and shown
TOL-24 existing agents come behind the gateway in phases
TOL-25 servers come from a registry with provenance
POL-01 every call is decided; when the decision point fails the answer is no
POL-02 safe actions run at once, risky ones wait for a human
POL-03 the list of risky actions is versioned and owned
POL-04 decisions store policy version, rule and inputs
POL-05 thresholds are per action class
POL-06 tightening is in force at run time in a stated bound
POL-07 what-if without side effect
POL-08 overrides are time-boxed, reasoned and recorded
POL-09 policy differs by environment, and the gateway knows the environment
POL-10 direct mutation is turned into a proposal where one exists
POL-11 decisions can use live risk signals
POL-12 roles are one attribute among others
POL-13 each call is its own decision
POL-14 three questions are answered and recorded for every call
POL-15 scope lives as long as its task
POL-16 envelopes have task, tool and transaction dimensions
POL-17 rates and quotas at the gateway
POL-18 compliance rules are signed code outside the agent
POL-19 templates for high-risk actions
POL-20 decision and enforcement are out of the agent's reach, and denials tell no rule
POL-21 the engine is replaceable with the same results
POL-22 more autonomy asks for more controls
POL-23 each decision record answers who, what, with what, and whether without a human
POL-24 with no configuration every write needs approval
POL-25 task-scoped authorization is built as composition
POL-26 conditional access applies to delegated calls
APR-01 an approval is an object with state, people, reasons and times
APR-02 nothing gated runs without a valid yes
APR-03 the queue shows waiting times and reviewers' habits
APR-04 confident actions may run after a cancellable countdown
APR-05 evidence of who approved what, seeing what
APR-06 a grant is bound to exact arguments, target, count and time
APR-07 large payments need approval
APR-08 destructive changes need approval
APR-09 privilege changes need approval
APR-10 security and production changes need approval
APR-11 bulk export needs approval
APR-12 approving can require step-up
APR-13 approvals route to ticketing, which reconciles
APR-14 each risky class has its accountable role
APR-15 the approver sees the effect made from the real arguments
APR-16 notifications carry a link and no payload
APR-17 duties are separated; N of M is possible
APR-18 what nobody decides expires to no and frees what it held
AUD-01 everything that decides makes a typed event
AUD-02 each event has actor, tool, input, output, decision and time
AUD-03 the store is append-only and any change is found
AUD-04 reports come from the audit store itself
AUD-05 refusals, timeouts and faults are events with their effect state
AUD-06 retention follows named profiles and the store enforces it
AUD-07 all actions on one subject are an index query
AUD-08 refused and denied actions of a period are a built-in view
AUD-09 the retention in force and its last enforcement can be shown
AUD-10 raw personal data stays out of searchable records
AUD-11 a stack-trace feed does not count as audit
AUD-12 each session keeps prompts, calls, results, decisions and model
AUD-13 the agent's own reasoning is kept, marked as its claim
AUD-14 one trace follows an action to the backend
AUD-15 authentications, decisions and configuration changes are recorded
AUD-16 five streams from the first day
AUD-17 a session can be reconstructed, with what left
AUD-18 a wrong outcome can be traced to its cause
AUD-19 audit data is encrypted
AUD-20 timelines can be annotated without altering records
AUD-21 reading the audit store is an event
AUD-22 evidence packs are made on schedule and verified offline
SEM-01 direct injection is detected
SEM-02 untrusted content is marked so that its instructions have no power
SEM-03 unsafe tool use is caught before it runs
SEM-04 unsafe output is caught before it leaves
SEM-05 the verdict is allow, challenge or block
SEM-06 checks run before the tool and before the output
SEM-07 prompts and retrieved parts stay apart
SEM-08 personal data is masked
SEM-09 anonymisation is consistent and reversible by role
SEM-10 outbound content meets leak rules
SEM-11 call and expected response are judged together
SEM-12 content is monitored for drift
SEM-13 external detectors plug in with timeouts and failure policy
SEM-14 detection is outside the agent
SEM-15 redaction covers logs and outputs alike
SEM-16 groundedness can be evaluated
SEM-17 harmless steps that form an attack are seen
SEM-18 writes to memory carry their origin
SEM-19 malformed payloads stop at the schema, before any detector
DAT-01 tenants are isolated everywhere
DAT-02 tenant keys are separate and destroying one erases
DAT-03 residency holds on each request
DAT-04 locality and purpose rules combine
DAT-05 results are trimmed to the user's rights
DAT-06 access lists are part of the query
DAT-07 permission changes reach retrieval in a stated bound
DAT-08 a low agent cannot use a high one
DAT-09 who may call whom is fixed outside the agents
DAT-10 erasure reaches every copy and proofs still verify
DAT-11 calls carry only declared fields
DAT-12 data is encrypted in transit and at rest
DAT-13 cross-boundary access is authorized at retrieval
DAT-14 other projects' data does not exist for the agent
DAT-15 moved volume is metered
DAT-16 leakage between teams is tested
EXE-01 tasks run in ephemeral isolated compute
EXE-02 egress is denied by default
EXE-03 every action passes a mediator
EXE-04 the file system is read-only where possible
EXE-05 resources have quotas
EXE-06 breakers stop what runs away
EXE-07 undo is designed and tested
EXE-08 what is outside the project is not there
EXE-09 the gateway is outside the agent's boundary
EXE-10 TLS ends here, mutual TLS is possible, weak ciphers are refused
EXE-11 works with other API gateways
EXE-12 agents run in segments
EXE-13 structural controls hold against a hostile agent
EXE-14 an enclave can be torn down at once
EXE-15 sub-agents are counted and inherit no more
EXE-16 single-tenant deployments have the same controls
MON-01 tool order is compared with the task
MON-02 data movement out of scope is seen
MON-03 refused attempts are counted and alerted
MON-04 content is checked for data that should not be there
MON-05 duration and volume are compared with expectation
MON-06 each agent has a baseline
MON-07 drift is flagged though nothing is broken
MON-08 detection and responses are defined before go-live
MON-09 a session can be suspended and resumed
MON-10 a tool can be blocked for a session
MON-11 credentials can be revoked
MON-12 a session can be ended wholly
MON-13 a breaker freezes an agent past its threshold
MON-14 alert thresholds per agent
MON-15 evaluators scan records
MON-16 each alert has a receiver and a test firing
MON-17 a kill switch works in a stated bound, also out of band
MON-18 each agent has an owner and a playbook
MON-19 incidents are objects
MON-20 responses are automatic or confirmed, and audited
MON-21 events stream to security tooling
LIF-01 agents are registered and approved before production
LIF-02 one inventory
LIF-03 scopes come from templates
LIF-04 changes of scope are reviewed first
LIF-05 overdue reviews reduce, then suspend
LIF-06 leaving is defined before go-live
LIF-07 decommissioning revokes everything and certifies it
LIF-08 zombie agents are found
LIF-09 agents get performance reviews
LIF-10 twelve controls gate production
LIF-11 idle agents hold no access
LIF-12 shadow agents are discovered
LIF-13 controls apply in each stage
LIF-14 patterns are defined before rollout
LIF-15 rollout is guided in order
GOV-01 34 checks answered with evidence
GOV-02 scores per layer
GOV-03 a missing layer has its verdict
GOV-04 two missing layers stop the shipment
GOV-05 verdicts bind at the gateway
GOV-06 controls map to frameworks
GOV-07 exceptions expire
GOV-08 controls are validated on schedule
GOV-09 the InfoSec questions on one page
GOV-10 a review report with prioritised fixes
GOV-11 a decision wizard
GOV-12 no unsupported claim
GOV-13 regulator evidence is generated
GOV-14 a responsible person can always be named
GOV-15 findings feed back
GOV-16 controls do not depend on framework, prompt or model
GOV-17 each common gap has a detector
GOV-18 applicability is computed
GOV-19 late and red is escalated
OBS-01 live risk dashboards
OBS-02 an audit dashboard for non-engineers
OBS-03 dashboard use is recorded by role
OBS-04 identity page
OBS-05 broker page
OBS-06 tools page
OBS-07 decisions and approvals pages
OBS-08 trace view
OBS-09 incident view
OBS-10 thresholds with preview
OBS-11 stop in at most two actions, by keyboard
OBS-12 readiness page
XCL-01 trust to AWS is narrow
XCL-02 no invented ARN forms
XCL-03 source conditions only where they apply
XCL-04 role assumptions are watched
XCL-05 federation and short-lived credentials in each cloud
XCL-06 the agent is an external workload
XCL-07 trust relations are explicit and owned
XCL-08 least privilege at the resource
XCL-09 profiles for each cloud order
XCL-10 federation with clear anchors
XCL-11 confused-deputy protection at every hop
`;

export interface Requirement {
  readonly id: string;
  readonly plane: string;
  readonly words: string;
}

export const requirements: readonly Requirement[] = text
  .trim()
  .split('\n')
  .map((line) => ({ id: line.slice(0, 6), plane: line.slice(0, 3), words: line.slice(7) }));

/** What this project owns so far; each must be cited by a test that passes. */
export const owned: readonly string[] =
  `IDN-01 IDN-05 IDN-20 IDN-23 IDN-24 CRD-01 CRD-07 CRD-08 CRD-19 TOL-02 TOL-05 TOL-10 TOL-15 TOL-17
  TOL-21 POL-01 POL-02 POL-13 POL-14 POL-20 POL-23 POL-24 APR-01 APR-02 APR-06 APR-18 AUD-01
  AUD-02 AUD-03 AUD-05 AUD-16 MON-17 EXE-09 SEM-19 DAT-01 GOV-16 OBS-11`.split(/\s+/);
