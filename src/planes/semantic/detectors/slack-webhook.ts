import { byPattern } from '../detector.ts';

export const slackWebhook = byPattern(
  'slack-webhook',
  ['hooks.slack.com/'],
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/]{20,120}/y,
);
