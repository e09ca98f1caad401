import { type Action, type Call, type Content, contentOf } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { noLabels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { manifestFor } from '#contracts/rights.ts';
import type { Target } from '#kernel/target.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { reviewBound } from '#planes/lifecycle/index.ts';
import type { PolicyGate, RefusedSubject } from '#planes/policy/index.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import { mayNotCall, outsideListed } from '#planes/tools/index.ts';
import type { Acting, Aimed } from '../action.ts';
import { neededArguments } from '../needed-arguments.ts';
import type { OpenCalls } from '../open-calls.ts';
import type { Stages } from '../path.ts';
import { softened } from '../phase.ts';
import { Exit, type Resolved, type SoFar, type Step, type Stood } from '../progress.ts';
import type { GatewayState } from '../state.ts';
import type { Subject } from '../subject.ts';
import type { Unreconciled } from '../unreconciled.ts';

export interface ResolveParts {
  readonly state: GatewayState;
  readonly policy: PolicyGate;
  readonly inspector: Pick<Inspector, 'redact'>;
  readonly recorder: Pick<Recorder, 'commit'>;
  readonly openCalls: OpenCalls;
  readonly unreconciled: Pick<Unreconciled, 'judge'>;
  readonly clock: Pick<Clock, 'now'>;
}

type Found = Pick<Resolved, 'subject' | 'argumentsDigest' | 'surplus' | 'wouldHave'> &
  Pick<SoFar, 'argumentsCommitment'> & {
    /** With its arguments completed: from here on nobody sees what was sent. */
    readonly call?: Call;
  };

/** Is it in the manifest, its definition unchanged since approval, do the arguments fit? */
export function resolveStage(parts: ResolveParts): Stages['resolve'] {
  return (walk) => {
    const { call, file } = walk;
    const content = contentOf(call.action);
    if (content === undefined || (file.route !== 'acting' && file.route !== 'asking')) {
      return refusal('gateway/internal');
    }
    if (file.find !== undefined) return resolveFound(parts, file, walk, content);
    // A name that means nothing is told like one that is hidden.
    if (!isAimed(content)) return refusal(file.hidden);
    return file.route === 'asking'
      ? resolveAsked(file, walk, content)
      : resolveActed(parts, file, walk, content);
  };
}

/** INVARIANT: what a handle stands for is judged as if it had been asked for in full. */
async function resolveFound(
  parts: ResolveParts,
  file: Acting,
  walk: Stood,
  { argumentBytes }: Content,
): Promise<Step<Found>> {
  const action = (await file.find?.(walk)) ?? refusal(file.hidden);
  if (isRefusal(action)) {
    return new Exit(action, { argumentsCommitment: parts.recorder.commit(argumentBytes) });
  }
  const content = contentOf(action);
  if (content === undefined || !isAimed(content)) return refusal('gateway/internal');
  const call = { ...walk.call, action };
  const step = await resolveActed(parts, file, { ...walk, call }, content);
  if (step instanceof Exit) return new Exit(step.why, { ...step.found, call });
  return isRefusal(step) ? new Exit(step, { call }) : { ...step, call };
}

function isAimed(content: Content): content is Aimed {
  return content.target !== undefined;
}

/** What the gateway asks by itself carries nothing of anybody's: nothing of it is committed to. */
function resolveAsked(file: Acting, walk: Stood, content: Aimed): Step<Found> {
  // INVARIANT: its fixed yes is for the gateway alone, whatever a front makes of somebody's words.
  if (walk.principal.kind !== 'system') return refusal(file.hidden);
  if (file.sees(walk, content) === undefined) return refusal(file.hidden);
  const subject = file.resolve(walk, content);
  if ('items' in subject) return refusal('gateway/internal');
  return isRefusal(subject)
    ? subject
    : { subject, argumentsDigest: sha256Hex(content.argumentBytes) };
}

function resolveActed(
  parts: ResolveParts,
  file: Acting,
  walk: Stood,
  content: Aimed,
): Step<Found> | Promise<Step<Found>> {
  const { principal } = walk;
  const { target } = content;
  const argumentsDigest = sha256Hex(content.argumentBytes);
  const argumentsCommitment = parts.recorder.commit(content.argumentBytes, argumentsDigest);
  // INVARIANT: one answer for what is hidden, stopped out of sight or not there at all.
  const about = file.sees(walk, content);
  if (about === undefined) {
    const policy = walk.configuration.of(parts.policy);
    const decision = policy.refuse(refusedSubject(walk, target, undefined), mayNotCall);
    return new Exit(refusal(file.hidden), { argumentsCommitment, decision });
  }
  const stopped = parts.state.overlay.forbids(principal, about);
  if (stopped !== undefined) return new Exit(stopped, { argumentsCommitment });
  const whole = completed(file, walk, content, about);
  if (isRefusal(whole)) return new Exit(whole, { argumentsCommitment });
  const given = { content, found: { argumentsDigest, argumentsCommitment } };
  return whole.call === walk.call
    ? resolveWhole(parts, file, walk, given)
    : resolveCompleted(parts, file, walk, whole);
}

/**
 * INVARIANT: what was left out is filled in before anything is judged: digest, policy, approval, record
 * and the upstream all have the whole, and none of them what was sent. What is not needed is gone by then as well.
 */
function completed(file: Acting, walk: Stood, content: Aimed, about: Target): Completed | Refusal {
  const { call } = walk;
  const needed = neededArguments(walk, about, content.arguments);
  if (isRefusal(needed)) return needed;
  const { given, surplus } = needed;
  const whole = file.complete?.(walk, { ...content, arguments: given }) ?? given;
  if (isRefusal(whole)) return whole;
  if (whole === content.arguments) return { call };
  const argumentBytes = canonicalBytes(whole);
  if (argumentBytes.length > limits.argumentBytes) return refusal('admit/too-large');
  const action = { ...call.action, arguments: whole, argumentBytes } as Action;
  return { call: { ...call, action }, ...(surplus === undefined ? {} : { surplus }) };
}

interface Completed extends Pick<Found, 'surplus'> {
  readonly call: Call;
}

function resolveCompleted(
  parts: ResolveParts,
  file: Acting,
  walk: Stood,
  { call, ...more }: Completed,
): Step<Found> | Promise<Step<Found>> {
  const content = contentOf(call.action);
  if (content === undefined || !isAimed(content)) return refusal('gateway/internal');
  const argumentsDigest = sha256Hex(content.argumentBytes);
  const argumentsCommitment = parts.recorder.commit(content.argumentBytes, argumentsDigest);
  const found = { argumentsDigest, argumentsCommitment, call, ...more };
  return resolveWhole(parts, file, walk, { content, found });
}

interface Given {
  readonly content: Aimed;
  readonly found: Omit<Found, 'subject'>;
}

function resolveWhole(
  parts: ResolveParts,
  file: Acting,
  walk: Stood,
  { content, found: given }: Given,
): Step<Found> | Promise<Step<Found>> {
  const subject = file.resolve(walk, content);
  if (isRefusal(subject)) return new Exit(withoutSecrets(parts, subject), given);
  if ('items' in subject) return new Exit({ kind: 'told', page: subject }, given);
  const found = { subject, ...given };
  const outside =
    subject.outsideEnvelope ?? outsideManifest(walk, subject.target, content, file.hidden);
  const no = subject.questions.mayCallTool ? outside : refusal(file.hidden);
  return no === undefined ? admitted(parts, walk, found) : outOfReach(parts, walk, found, no);
}

/** The manifest does not list it, or not with these arguments: its phase may let it go on, and tell. */
function outOfReach(
  parts: ResolveParts,
  walk: Stood,
  found: Found,
  no: Refusal,
): Step<Found> | Promise<Step<Found>> {
  const { subject } = found;
  const wouldHave = softened(subject, undefined, no.code);
  if (wouldHave !== undefined) return admitted(parts, walk, { ...found, wouldHave });
  const refused = refusedSubject(walk, subject.target, subject);
  // What is not listed has no envelope to leave.
  const questions = { ...subject.questions, insideEnvelope: !subject.questions.mayCallTool };
  const decision = walk.configuration.of(parts.policy).refuse(refused, questions);
  return new Exit(withoutSecrets(parts, no), { ...found, decision });
}

/** It is there and the arguments are well formed: may they be these, and may it be asked again? */
function admitted(
  parts: ResolveParts,
  walk: Stood,
  found: Found,
): Step<Found> | Promise<Step<Found>> {
  const { principal, agent, call } = walk;
  const { subject, argumentsDigest } = found;
  // An unbound token proves no key: it reads, unless a document or a person widens it.
  const { effect } = subject.subjectClass;
  const withheld =
    notConsented(principal, effect, agent?.unboundEffects) ??
    notReviewed(walk, effect, parts.clock.now());
  if (withheld !== undefined) return new Exit(withheld, found);
  const repeated = parts.unreconciled.judge({ principal, subject, argumentsDigest });
  const told = (why: Refusal | undefined): Step<Found> =>
    why === undefined ? found : new Exit(why, found);
  const enter = (no: Refusal | undefined): Step<Found> | Promise<Step<Found>> => {
    const why = no ?? parts.openCalls.toLane(call, subject.lane);
    return why instanceof Promise ? why.then(told) : told(why);
  };
  return repeated instanceof Promise ? repeated.then(enter) : enter(repeated);
}

/** Its user, or whoever began its task, said which classes of effect it may have. */
function notConsented(
  { binding, delegation, scope }: Principal,
  effect: EffectClass,
  unbound: readonly EffectClass[] | undefined,
): Refusal | undefined {
  if (scope?.effects?.includes(effect) === false) return refusal('identity/not-consented');
  // What somebody signed in for is bound to their consent.
  if (binding !== 'none' || (delegation !== undefined && scope?.effects !== undefined)) {
    return undefined;
  }
  return unbound?.includes(effect) === true ? undefined : refusal('identity/unbound-not-allowed');
}

/** INVARIANT: what nobody has looked at in time does nothing, for itself or through others; it reads for a while. */
function notReviewed(
  { configuration, principal }: Stood,
  effect: EffectClass,
  now: number,
): Refusal | undefined {
  if (effect === 'read') return undefined;
  const tenant = configuration.snapshot.tenants[principal.tenant];
  return reviewBound(tenant, principal, now) === undefined
    ? undefined
    : refusal('standing/review-overdue');
}

/** What bounds it beside the file of its kind: no kind can forget to ask. */
function outsideManifest(
  { configuration, principal }: Stood,
  target: Target,
  content: Content,
  hidden: Acting['hidden'],
): Refusal | undefined {
  const tenant = configuration.snapshot.tenants[principal.tenant];
  const manifest = tenant === undefined ? undefined : manifestFor(tenant, principal);
  // Nobody's right: not listed, whatever the file of its kind has found.
  if (manifest === undefined) return principal.kind === 'system' ? undefined : refusal(hidden);
  return outsideListed(manifest, target, content.arguments);
}

function refusedSubject(
  { principal: { tenant, agent } }: Stood,
  target: Target,
  subject: Subject | undefined,
): RefusedSubject {
  const { effect, reversible } = subject?.subjectClass ?? { effect: 'write', reversible: false };
  return { tenant, agent, target, effectClass: effect, reversible, labels: noLabels };
}

/** Names of members come from the caller, and one may be a secret: told and recorded without it. */
function withoutSecrets({ inspector }: ResolveParts, no: Refusal): Refusal {
  const { message, details } = inspector.redact({
    message: no.message,
    details: no.details ?? null,
  }).value;
  return { ...no, message, ...(details === null ? {} : { details }) };
}
