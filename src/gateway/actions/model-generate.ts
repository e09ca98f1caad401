import type { GenerationAnswer } from '#contracts/model-provider.ts';
import type { Content } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { traceparentOut } from '#kernel/trace.ts';
import { type JudgedModel, modelJudge, type ResolvedModel } from '#planes/models/index.ts';
import type { Acting } from '../action.ts';
import type { Attempt } from '../attempt.ts';
import { believedUsage, countedStream, estimatedUsage } from '../counted-stream.ts';
import type { Intake, Taken } from '../intake.ts';
import type { TakenStream } from '../taken-stream.ts';
import { JudgedSubject } from '../judged-subject.ts';
import { originOf } from '../lanes.ts';
import type { ModelConnections } from '../model-connections.ts';
import type { StreamBounds } from '../streams/bounds.ts';
import type { Exchanging } from '../subject.ts';

export interface ModelGenerateParts {
  readonly intake: Intake;
  readonly connections: ModelConnections;
}

/** A model of a provider, asked by an agent whose manifest grants it. */
export function modelGenerate(parts: ModelGenerateParts): Acting {
  return {
    kind: 'model-generate',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: modelJudge.hidden,
    sees: (asked, { target }) => modelJudge.sees(asked, target),
    resolve(asked, content) {
      const found = modelJudge.judge(asked, content.target, content.arguments);
      return isRefusal(found) ? found : new ModelSubject(parts, found, content);
    },
  };
}

class ModelSubject extends JudgedSubject {
  readonly #parts: ModelGenerateParts;
  readonly #found: ResolvedModel;
  readonly #content: Content;

  constructor(parts: ModelGenerateParts, { judged, model: found }: JudgedModel, content: Content) {
    const { provider, manifest } = found;
    super(judged, originOf(provider), { owner: provider, manifest });
    this.#parts = parts;
    this.#found = found;
    this.#content = content;
  }

  async exchange(walk: Exchanging, attempt: Attempt): Promise<Taken | TakenStream> {
    const { principal, call, loan } = walk;
    const { provider, model, choices, outputBound } = this.#found;
    const content = this.#content;
    const connection = this.#parts.connections.open(principal.tenant, provider);
    attempt.leaves();
    const asked = content.argumentBytes.length;
    // INVARIANT: what was sent is counted, however it ends; nothing was used when not a byte left.
    attempt.usage = estimatedUsage(asked, 0);
    const answer = await connection.generate({
      model: model.upstream,
      request: content.argumentBytes,
      maxOutputTokens: outputBound,
      choices,
      stream: content.arguments['stream'] === true,
      lent: loan.lent,
      signal: call.signal,
      trace: traceparentOut(walk),
    });
    return this.#take(answer, walk, attempt);
  }

  #take(
    answer: GenerationAnswer,
    { call, loan: { lent } }: Exchanging,
    attempt: Attempt,
  ): Taken | TakenStream {
    const { intake } = this.#parts;
    const asked = this.#content.argumentBytes.length;
    if (answer.kind === 'failed') {
      if (answer.effect === 'none') attempt.usage = undefined;
      return intake.answer(this.#withSecret(answer), lent);
    }
    if (answer.kind === 'stream') {
      const stream = intake.stream(answer.stream, lent, this.#bounds(call.signal));
      return countedStream(stream, attempt, asked);
    }
    const { completion, bytes, usage: told } = answer;
    const usage = believedUsage(told, asked, bytes);
    attempt.usage = usage;
    return intake.answer(
      { kind: 'answer', result: { completion, usage: { ...usage } }, bytes },
      lent,
    );
  }

  /** A provider that does not accept its credential: the record says which secret to look at. */
  #withSecret(failed: Extract<GenerationAnswer, { kind: 'failed' }>) {
    const { recorded } = failed.refusal;
    const status = recorded?.['upstreamStatus'];
    if (status !== 401 && status !== 403) return failed;
    const secret = this.#found.provider.credentials.map((one) => one.secret).join(', ');
    return { ...failed, refusal: { ...failed.refusal, recorded: { ...recorded, secret } } };
  }

  #bounds(signal: AbortSignal): StreamBounds {
    const { answerBytes, timeoutMs, idleMs } = this.#found.provider;
    return { bytes: answerBytes, totalMs: timeoutMs, idleMs, codes, signal };
  }

  fit(result: JsonObject): Buffer | Refusal {
    const bytes = canonicalBytes(result);
    return bytes.length > this.#found.provider.answerBytes + roomForUsage
      ? refusal('models/answer-too-large')
      : bytes;
  }
}

const codes = {
  timeout: 'models/upstream-timeout',
  tooLarge: 'models/answer-too-large',
  protocol: 'models/upstream-protocol',
} as const;

const roomForUsage = 1_024;
