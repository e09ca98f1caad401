import type { Judged, SubjectClass } from '#contracts/target-judge.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Target } from '#kernel/target.ts';
import type { Attempt } from './attempt.ts';
import type { Taken } from './intake.ts';
import type { Borrowing, Exchanging, Fitted, Fitting, Subject } from './subject.ts';
import type { TakenStream } from './taken-stream.ts';

/** A subject as its plane judged it; what is left for its action is how it is exchanged and fitted. */
export abstract class JudgedSubject implements Subject {
  readonly target: Target;
  readonly digest: string;
  readonly manifest: string;
  readonly environment: string;
  readonly autonomy: Judged['autonomy'];
  readonly subjectClass: SubjectClass;
  readonly questions: Judged['questions'];
  readonly questionsFor: Judged['questionsFor'];
  readonly outsideEnvelope: Refusal | undefined;
  readonly phase: Judged['phase'];
  readonly decided = undefined;
  readonly looksAt: string | undefined = undefined;
  readonly lane: string | undefined;
  readonly borrows: Borrowing;

  constructor(judged: Judged, lane: string | undefined, from: Omit<Borrowing, 'target'>) {
    this.target = judged.target;
    this.digest = judged.digest;
    this.manifest = judged.manifest;
    this.environment = judged.environment;
    this.autonomy = judged.autonomy;
    this.subjectClass = judged.subjectClass;
    this.questions = judged.questions;
    this.questionsFor = judged.questionsFor;
    this.outsideEnvelope = judged.outsideEnvelope;
    this.phase = judged.phase;
    this.lane = lane;
    this.borrows = { ...from, target: judged.target };
  }

  abstract exchange(asked: Exchanging, attempt: Attempt): Promise<Taken | TakenStream | Refusal>;
  abstract fit(result: JsonObject, fitting: Fitting): Buffer | Fitted | Refusal;
}
