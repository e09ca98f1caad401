import { listMethod } from './offer-lists.ts';

export const promptList = listMethod({
  kind: 'prompt-list',
  offers: 'prompt',
  method: 'prompts/list',
  items: 'prompts',
});
