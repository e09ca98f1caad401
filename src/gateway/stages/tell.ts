import { isRefusal, refusal } from '#kernel/errors.ts';
import type { Stages } from '../path.ts';

/** What of the configuration may this principal see? */
export function tellStage(): Stages['tell'] {
  return (walk) => {
    const { file, call } = walk;
    if (file.route !== 'telling') return refusal('gateway/internal');
    const page = file.tell(walk, call.action);
    return isRefusal(page) ? page : { page };
  };
}
