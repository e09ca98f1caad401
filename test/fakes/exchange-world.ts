import { compileSnapshot } from '#config/index.ts';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { Store } from '#contracts/store.ts';
import { manifestFor } from '#contracts/rights.ts';
import { BailiwickError, isRefusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { parseTarget } from '#kernel/target.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  type AssertionGrant,
  createAssertionGrant,
  createDelegations,
  createDocumentConsents,
  createExchangeRoom,
  createTokenExchange,
  type DelegationKeeper,
  type DocumentConsents,
  type ExchangeAsk,
  type Exchanged,
  type TokenExchange,
  tokenTypes,
} from '#planes/delegation/index.ts';
import {
  createDelegatedTasks,
  createEnrolment,
  createIdentityGate,
  createTaskKeeper,
  type Enrolment,
  readStatement,
} from '#planes/identity/index.ts';
import { createCarriedTokens } from '#planes/credentials/index.ts';
import { readScope } from '#planes/tools/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { documentKinds } from '../../src/programs/catalogue.ts';
import { generateInstanceKey } from '../../sdk/index.ts';
import { FakeKeyring } from './fake-keyring.ts';
import { FakeSessions, type FakeTokenFields, FakeUserTokens } from './fake-sign-ins.ts';
import { enrolProof, proven, signAssertion, type TestInstance } from './identity-world.ts';

const ours = 'https://control.example';

/** Those that documents of tests name. */
const providers = ['acme', 'globex'].map((name) => {
  const oidc = { issuer: `https://${name}.example`, clientId: 'bailiwick', clientKey: true };
  return ['IdentityProvider', name, { oidc }] as const;
});

/** What one exchange asks beside its token; the rest is as usual. */
export type AskFields = Partial<Omit<ExchangeAsk, 'who' | 'subjectToken'>>;

/** Control's half of who acts for whom, over a true store with true keys; people are made up. */
export class ExchangeWorld {
  readonly clock = new ManualClock();
  readonly records: RecordDraft[] = [];
  readonly sealed: string[] = [];
  /** Whose words they are. */
  readonly sealedFor: (string | undefined)[] = [];
  readonly sessions = new FakeSessions(this.clock);
  readonly users = new FakeUserTokens(this.clock);
  readonly #documents = new Map<string, { kind: string; name: string; spec: JsonObject }>();
  readonly #folder: string;
  readonly #gate = createIdentityGate();
  /** While true, nothing can be recorded. */
  failing = false;
  snapshot!: Snapshot;
  store!: Store;
  enrolment!: Enrolment;
  delegations!: DelegationKeeper;
  consents!: DocumentConsents;
  /** Seals what goes along, and opens it as a gateway does. */
  carried!: ReturnType<typeof createCarriedTokens>;
  exchanges!: TokenExchange & AssertionGrant;
  #keeper!: ReturnType<typeof createTaskKeeper>;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const { clock } = this;
    this.store = await openSqliteStore({ folder: this.#folder, clock });
    const { store } = this;
    const recorder = this.#recorder();
    this.carried = createCarriedTokens(await new FakeKeyring().wrapper('carried'));
    this.enrolment = await createEnrolment({
      instances: store.instances,
      keyring: new FakeKeyring(),
      recorder,
      clock,
      knownAgent: (_tenant, name) => this.snapshot.tenants['main']?.agents[name] !== undefined,
      onRosterChange: async () => this.#keeper.publish(),
    });
    this.#keeper = createTaskKeeper({ ...store, recorder, clock, later: () => undefined });
    const snapshot = () => this.snapshot;
    const shared = { recorder, clock, snapshot };
    this.delegations = createDelegations({
      ...shared,
      book: store.delegations,
      sessions: this.sessions,
      tasks: createDelegatedTasks({ ...store, ...shared, keeper: this.#keeper }),
      overlay: store.overlay,
      mint: (ask) => this.enrolment.mint(ask),
      settled: () => this.settle(),
    });
    const { delegations, enrolment } = this;
    const room = createExchangeRoom({
      ...shared,
      sealed: recorder,
      readStatement,
      delegations,
      sessions: this.sessions,
      users: this.users,
      readScope,
      carried: this.carried,
      book: store.delegations,
      tasks: store.tasks,
      instances: store.instances,
      own: enrolment.own,
      clients: enrolment.clients,
      trust: () => enrolment.trust(),
    });
    this.exchanges = { ...createTokenExchange(room), ...createAssertionGrant(room) };
    this.consents = createDocumentConsents({ book: store.delegations, delegations });
    this.#compile();
    await this.#keeper.publish(this.snapshot);
  }

  /** What the end of a delegation owes, as wiring does it. */
  async settle(): Promise<void> {
    for (const { kind, body, id, tenant } of await this.store.outbox.due(1_000)) {
      const of = body['delegation'];
      if (kind !== 'delegation-ended' || typeof of !== 'string') continue;
      await this.delegations.finish(tenant, of);
      await this.store.outbox.done([{ id, tenant }]);
    }
  }

  #recorder() {
    const recordAll = async (drafts: readonly RecordDraft[]) => {
      if (this.failing) throw new BailiwickError('audit/unavailable');
      this.records.push(...drafts);
    };
    return {
      recordAll,
      record: async (draft: RecordDraft, payload?: Uint8Array, of?: { subject: string }) => {
        await recordAll([draft]);
        const id = `record-${this.records.length}`;
        if (payload === undefined) return { id };
        this.sealed.push(Buffer.from(payload).toString());
        this.sealedFor.push(of?.subject);
        return { id };
      },
      owe: async (draft: RecordDraft) => void this.records.push(draft),
    };
  }

  /** Puts documents, or takes away those without a spec, and has them in force. */
  async put(...documents: readonly (readonly [string, string, JsonObject?])[]): Promise<void> {
    for (const [kind, name, spec] of documents) {
      if (spec === undefined) this.#documents.delete(`${kind}/${name}`);
      else this.#documents.set(`${kind}/${name}`, { kind, name, spec });
    }
    this.#compile();
    await this.#keeper.publish(this.snapshot);
    await this.consents.follow(this.snapshot);
  }

  #compile(): void {
    const compiled = compileSnapshot({
      kinds: documentKinds,
      tenants: [
        { tenant: 'main', documents: [...this.#documents.values()], pins: [], secrets: [] },
      ],
      epoch: 1,
      number: (this.snapshot?.number ?? 0) + 1,
      tokens: this.enrolment.trust(),
      now: this.clock.now(),
    });
    if (compiled.kind === 'problems') throw new Error(JSON.stringify(compiled.problems));
    this.snapshot = compiled.snapshot;
  }

  /** An agent whose manifest lists these prompts of `crm`. */
  async agent(name: string, prompts: readonly string[]): Promise<TestInstance> {
    const targets = prompts.map((prompt) => `prompt:crm/${prompt}`);
    await this.put(
      ['ToolServer', 'crm', { connect: { url: 'http://127.0.0.1:1/mcp' } }],
      ...providers,
      ['Manifest', name, { targets, sensitivity: 'sensitive' }],
      ['Agent', name, { owner: 'maria', purpose: 'tests', manifest: name }],
    );
    return this.enrol(name);
  }

  async enrol(agent: string): Promise<TestInstance> {
    const key = generateInstanceKey();
    const { token: joinToken } = await this.enrolment.issueJoinToken({
      tenant: 'main',
      agent,
      by: 'ada',
    });
    const proof = enrolProof(key, joinToken, this.clock.now());
    const enrolled = await this.enrolment.enrol({ joinToken, jwk: key.jwk, proof });
    return { key, enrolled };
  }

  who(instance: TestInstance): Promise<EnrolledInstance> {
    const aud = this.enrolment.trust().issuer;
    const assertion = signAssertion(instance, { aud }, this.clock.now());
    return this.enrolment.clients.authenticate({ assertion, rate: 'exchange' });
  }

  /** The agent's own token, by which it acts for nobody. */
  async ownToken(instance: TestInstance): Promise<string> {
    const aud = this.enrolment.trust().issuer;
    const assertion = signAssertion(instance, { aud }, this.clock.now());
    return (await this.enrolment.issueToken({ assertion })).accessToken;
  }

  async exchange(
    instance: TestInstance,
    subjectToken: string,
    fields: AskFields = {},
  ): Promise<Exchanged> {
    return this.exchanges.exchange({
      who: await this.who(instance),
      subjectToken,
      subjectTokenType: tokenTypes.access,
      actorToken: undefined,
      actorTokenType: undefined,
      requestedTokenType: undefined,
      targets: [],
      effects: undefined,
      scope: undefined,
      intent: undefined,
      requestDetails: undefined,
      audience: ours,
      isOurs: (name) => name === ours,
      ...fields,
    });
  }

  async forUser(instance: TestInstance, of: FakeTokenFields = {}, fields: AskFields = {}) {
    return this.exchange(instance, this.users.make(of), fields);
  }

  async assert(
    instance: TestInstance,
    assertion: string,
    fields: Partial<Parameters<AssertionGrant['grant']>[0]> = {},
  ) {
    return this.exchanges.grant({
      bearer: { kind: 'instance', instance: await this.who(instance) },
      assertion,
      effects: undefined,
      audience: ours,
      isOurs: (name) => name === ours,
      ...fields,
    });
  }

  /** Who a gateway takes the bearer of this token for; a code when for nobody. */
  async principal(instance: TestInstance, accessToken: string): Promise<Principal | string> {
    const now = this.clock.now();
    const { roster } = await this.store.snapshots.current();
    const context = { tenant: 'main', trust: this.enrolment.trust(), roster, now };
    const nonce = this.#gate.nonce(now);
    const presented = proven({ key: instance.key, accessToken, nonce, now });
    const found = await this.#gate.identify(presented, context);
    if (isRefusal(found)) return found.code;
    const { entries } = await this.store.overlay.current();
    const isOver = entries.some(
      ({ target }) => target.kind === 'delegation' && target.delegation === found.delegation?.id,
    );
    return isOver ? 'identity/delegation-ended' : found;
  }

  /** What of these prompts a gateway lets the bearer of the token ask for. */
  async may(
    instance: TestInstance,
    accessToken: string,
    prompts: readonly string[],
  ): Promise<readonly string[]> {
    const principal = await this.principal(instance, accessToken);
    const tenant = this.snapshot.tenants['main'];
    if (typeof principal === 'string' || tenant === undefined) return [];
    const right = manifestFor(tenant, principal);
    return prompts.filter((prompt) => {
      const target = parseTarget(`prompt:crm/${prompt}`);
      return right !== undefined && target !== undefined && grantsTarget(right, target);
    });
  }

  /** Raised as a gateway raises it. */
  async raise(task: string, ...labels: readonly Label[]): Promise<void> {
    await this.store.labels.raise('main', { task, session: newId(0) }, labels, 'prompt:crm/read');
  }

  refusals(): readonly RecordDraft[] {
    return this.records.filter(({ type }) => type === 'token.refused');
  }

  async stop(): Promise<void> {
    await this.store.close();
  }
}

/** The code that an act was refused with; `granted` when it was not. */
export async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'granted';
  } catch (fault) {
    if (fault instanceof BailiwickError) return fault.code;
    throw fault;
  }
}
