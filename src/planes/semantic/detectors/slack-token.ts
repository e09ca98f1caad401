import { byPattern } from '../detector.ts';

export const slackToken = byPattern(
  'slack-token',
  ['xoxa-', 'xoxb-', 'xoxe-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'],
  /x(?:ox[abeprs]|app)-[0-9][A-Za-z0-9-]{16,250}/y,
);
