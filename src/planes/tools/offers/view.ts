import { type Refusal, refusal } from '#kernel/errors.ts';
import { isWithinReach, type ManifestTarget } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import { manifestFor } from '#contracts/rights.ts';
import type {
  AgentEntry,
  ManifestEntry,
  OfferClass,
  ServerEntry,
  Snapshot,
  TenantSnapshot,
} from '#kernel/snapshot.ts';
import { anyOwner, type Target } from '#kernel/target.ts';
import { type WireNames, wireNames } from '#contracts/wire-name.ts';
import { compileBounds, judgeBounds } from '../bounds.ts';
import { own } from '../toolset.ts';
import { openPlace, sealPlace } from './cursor.ts';
import type { OfferFound, OfferKind, OfferPage, OfferView, ResolvedOffer } from './door.ts';
import { type Granted, grantsOf } from './grants.ts';

/** What one agent may name of one kind, in the order of its manifest. */
interface Offers {
  readonly agent: AgentEntry;
  readonly manifest: ManifestEntry;
  readonly servers: readonly Served[];
  /** As the manifest lists them, and what each is called on the wire. */
  readonly targets: readonly Target[];
  readonly names: WireNames<Target>;
}

interface Served {
  readonly server: ServerEntry;
  readonly offerClass: OfferClass;
  readonly granted: Granted;
}

type Compiled = Pick<Snapshot, 'digest' | 'tenants'>;

const views = new WeakMap<Compiled, OfferView>();

/** Made when it is first asked for, from the very Snapshot that the call is judged by. */
export function offersIn(snapshot: Compiled): OfferView {
  const known = views.get(snapshot) ?? offerView(snapshot);
  views.set(snapshot, known);
  return known;
}

/** What it keeps it can make again at any time: to those who ask, it never changes. */
function offerView(snapshot: Compiled): OfferView {
  const known = new WeakMap<ManifestEntry, Map<string, Offers>>();
  const offers = (principal: Principal, kind: OfferKind): Offers | undefined => {
    const tenant = own(snapshot.tenants, principal.tenant);
    const manifest = tenant === undefined ? undefined : manifestFor(tenant, principal);
    if (tenant === undefined || manifest === undefined) return undefined;
    const ofManifest = known.get(manifest) ?? new Map<string, Offers>();
    const key = [principal.agent, kind].join('\n');
    const found = ofManifest.get(key) ?? offersOf({ tenant, manifest }, principal.agent, kind);
    if (found !== undefined) known.set(manifest, ofManifest.set(key, found));
    return found;
  };
  return {
    find: (principal, kind, name) => find(offers(principal, kind), kind, name),
    page: (principal, kind, cursor, server) =>
      pageOf(snapshot, ofServer(offers(principal, kind), server), {
        principal,
        kind,
        cursor,
        server,
      }),
    shownAs: (principal, kind, name) => offers(principal, kind)?.names.find(name),
    shownName(principal, { kind, owner, name }) {
      const of = kind === 'prompt' ? offers(principal, kind) : undefined;
      const target = of?.targets.find((one) => one.owner === owner && one.name === name);
      return target === undefined || of?.names.clashes(target) === true
        ? undefined
        : of?.names.nameOf(target);
    },
    named(principal, { kind, owner, name }) {
      if (name === undefined || (kind !== 'resource' && kind !== 'prompt')) return undefined;
      const of = offers(principal, kind);
      const served = servedBy(of, owner);
      const line = served?.granted.line(name);
      if (of === undefined || served === undefined || line === undefined) return undefined;
      return resolved(of, { ...served, line }, { kind, name });
    },
    template: (principal, owner, template) =>
      templateOf(offers(principal, 'resource'), owner, template),
    grantsTemplate: (principal, server, template) =>
      servedBy(offers(principal, 'resource'), server)?.granted.reaches(template) === true,
  };
}

function templateOf(
  offers: Offers | undefined,
  owner: string,
  template: string,
): OfferFound | Refusal {
  const [first, ...others] = (offers?.servers ?? []).filter(
    ({ server, granted }) =>
      (owner === anyOwner || owner === server.name) && granted.reaches(template),
  );
  if (offers === undefined || first === undefined) return refusal('offers/not-visible');
  if (others.length > 0) return refusal('offers/ambiguous');
  const { agent, manifest } = offers;
  const { server, offerClass } = first;
  return { agent, manifest, server, offerClass };
}

function servedBy(offers: Offers | undefined, server: string): Served | undefined {
  return offers?.servers.find((one) => one.server.name === server);
}

function offersOf(
  { tenant, manifest }: { readonly tenant: TenantSnapshot; readonly manifest: ManifestEntry },
  agentName: string,
  kind: OfferKind,
): Offers | undefined {
  const agent = own(tenant.agents, agentName);
  if (agent === undefined) return undefined;
  const servers = [...grantsOf(manifest, kind)].flatMap(([name, granted]) => {
    const server = own(tenant.servers, name);
    const offerClass = server?.offers?.[kind];
    return server === undefined || offerClass === undefined || !isWithinReach(agent, server)
      ? []
      : [{ server, offerClass, granted }];
  });
  const listed = manifest.targets.map(({ target }) => target);
  // Resources are named by their own URIs.
  const targets = kind === 'prompt' ? listed.filter((one) => one.kind === kind) : [];
  const names = wireNames(targets, (one) => ({ server: one.owner, tool: one.name ?? '' }));
  return { agent, manifest, servers, targets, names };
}

/** As if there were no other. */
function ofServer(offers: Offers | undefined, server: string | undefined): Offers | undefined {
  if (offers === undefined || server === undefined) return offers;
  return { ...offers, servers: offers.servers.filter((one) => one.server.name === server) };
}

function find(offers: Offers | undefined, kind: OfferKind, name: string): ResolvedOffer | Refusal {
  const meant = (offers?.servers ?? []).flatMap((served) => {
    const line = served.granted.line(name);
    return line === undefined ? [] : [{ ...served, line }];
  });
  const exact = meant.filter(({ line }) => !line.prefix);
  const [first, ...others] = exact.length > 0 ? exact : meant;
  if (offers === undefined || first === undefined) return refusal('offers/not-visible');
  if (others.length > 0) return refusal('offers/ambiguous');
  return resolved(offers, first, { kind, name });
}

function resolved(
  { agent, manifest }: Offers,
  { server, offerClass, line }: Served & { readonly line: ManifestTarget },
  { kind, name }: { readonly kind: OfferKind; readonly name: string },
): ResolvedOffer {
  return {
    target: { kind, owner: server.name, name },
    agent,
    manifest,
    server,
    offerClass,
    outsideEnvelope: (args) => judgeBounds(compileBounds(line, undeclared), args),
  };
}

/** Nobody has approved what its server declares of its arguments: a bounded one must be given. */
const undeclared = { has: () => true, defaultOf: () => undefined };

interface PageAsk {
  readonly principal: Principal;
  readonly kind: OfferKind;
  readonly cursor: string | undefined;
  readonly server: string | undefined;
}

/** One server a page: so that what is wrong with one is told as its fault, and no list is half. */
function pageOf(
  { digest }: Compiled,
  offers: Offers | undefined,
  { principal, kind, cursor, server: alone }: PageAsk,
): OfferPage | Refusal | undefined {
  if (offers === undefined || offers.servers.length === 0) return undefined;
  const scope = [
    digest,
    principal.tenant,
    principal.agent,
    kind,
    ...(alone === undefined ? [] : [alone]),
  ];
  const place =
    cursor === undefined ? { at: 0, upstreamCursor: undefined } : openPlace(cursor, scope);
  const here = place === undefined ? undefined : offers.servers[place.at];
  if (place === undefined || here === undefined) return refusal('tools/invalid-cursor');
  const { server, offerClass } = here;
  const { agent, manifest, servers } = offers;
  return {
    server,
    agent,
    manifest,
    offerClass,
    upstreamCursor: place.upstreamCursor,
    next(upstreamCursor) {
      const at = upstreamCursor === undefined ? place.at + 1 : place.at;
      if (at >= servers.length) return undefined;
      const sealed = sealPlace({ at, upstreamCursor }, scope);
      return sealed ?? refusal('tools/upstream-protocol', { message: tooLong });
    },
  };
}

const tooLong = 'the tool server broke the protocol: its cursor is too long';
