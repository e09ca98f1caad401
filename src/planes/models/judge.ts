import type { TargetJudge } from '#contracts/target-judge.ts';
import { entryOf } from '#contracts/section.ts';
import { isRefusal } from '#kernel/errors.ts';
import { noLabels } from '#kernel/label.ts';
import type { Target } from '#kernel/target.ts';
import type { JudgedModel, ResolvedModel } from './door.ts';
import { providers } from './model-kind.ts';
import { modelsPart } from './part.ts';
import { modelQuestions } from './questions.ts';

export const modelJudge: TargetJudge<JudgedModel> = {
  kinds: ['model'],
  hidden: 'models/not-visible',
  sees: ({ configuration, principal }, target) =>
    configuration.of(modelsPart).sees(principal, target) ? target : undefined,
  judge({ configuration, principal }, target, request) {
    const model = configuration.of(modelsPart).resolve(principal, target, request);
    return isRefusal(model) ? model : judgedModel(target, model);
  },
  declares({ configuration, principal: { tenant } }, { owner, name }) {
    const provider = entryOf(configuration.snapshot.tenants[tenant], providers, owner);
    return provider !== undefined && name !== undefined && Object.hasOwn(provider.models, name);
  },
  usual: () => ({ messages: [{ role: 'user', content: 'hello' }] }),
};

/** `digest`: a yes is for the document that it was given under. */
function judgedModel(target: Target, model: ResolvedModel): JudgedModel {
  return {
    model,
    judged: {
      target,
      digest: model.provider.digest,
      manifest: model.manifest.name,
      environment: model.agent.environment,
      autonomy: model.agent.autonomy,
      subjectClass: model.model,
      questions: modelQuestions(model, noLabels),
      questionsFor: (labels) => modelQuestions(model, labels),
      outsideEnvelope: model.outsideEnvelope,
    },
  };
}
