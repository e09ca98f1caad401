import { byPattern } from '../detector.ts';

export const stripeKey = byPattern(
  'stripe-key',
  ['sk_live_', 'rk_live_', 'whsec_'],
  /(?<![A-Za-z0-9])(?:[rs]k_live_|whsec_)[A-Za-z0-9+/]{16,250}/y,
);
