/** THE path. The order is the security argument of the product; a test pins it. */
export const stageNames = [
  'admit', // well formed, within size and rate; is everything stopped?
  'identify', // which instance, for whom, through which hops?
  'standing', // may it act at all now?
  'resolve', // in the manifest, unchanged since approval, arguments valid?
  'inspect-in', // what do the arguments carry?
  'decide', // may this principal do this, with these arguments and labels?
  'approve', // does a human have to say yes to exactly this?
  'intend', // is the intent durable?
  'lend', // which credential, for this call only?
  'forward', // upstream, bounded
  'inspect-out', // what does the result carry?
  'settle', // is the outcome durable before any of it is released?
] as const;

export type StageName = (typeof stageNames)[number];
