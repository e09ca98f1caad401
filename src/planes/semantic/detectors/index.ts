import type { Detector } from '../detector.ts';
import { anthropicKey } from './anthropic-key.ts';
import { awsAccessKey } from './aws-access-key.ts';
import { azureStorageKey } from './azure-storage-key.ts';
import { githubFineGrained } from './github-fine-grained.ts';
import { githubToken } from './github-token.ts';
import { gitlabToken } from './gitlab-token.ts';
import { googleApiKey } from './google-api-key.ts';
import { googleOauthSecret } from './google-oauth-secret.ts';
import { hostingToken } from './hosting-token.ts';
import { jwt } from './jwt.ts';
import { npmToken } from './npm-token.ts';
import { openaiKey } from './openai-key.ts';
import { privateKey } from './private-key.ts';
import { pypiToken } from './pypi-token.ts';
import { sendgridKey } from './sendgrid-key.ts';
import { slackToken } from './slack-token.ts';
import { slackWebhook } from './slack-webhook.ts';
import { stripeKey } from './stripe-key.ts';
import { telegramBotToken } from './telegram-bot-token.ts';
import { twilioKey } from './twilio-key.ts';
import { urlPassword } from './url-password.ts';
import { vaultToken } from './vault-token.ts';

export {
  assignedSecret,
  assignmentCodes,
  assignmentStart,
  isAssignedSecret,
  longestAssignmentStart,
} from './assigned-secret.ts';

/** Our own reviewed kinds; nobody outside adds one. The first that finds something has the place. */
export const detectors: readonly Detector[] = [
  anthropicKey,
  awsAccessKey,
  azureStorageKey,
  githubFineGrained,
  githubToken,
  gitlabToken,
  googleApiKey,
  googleOauthSecret,
  hostingToken,
  jwt,
  npmToken,
  openaiKey,
  privateKey,
  pypiToken,
  sendgridKey,
  slackToken,
  slackWebhook,
  stripeKey,
  telegramBotToken,
  twilioKey,
  urlPassword,
  vaultToken,
];
