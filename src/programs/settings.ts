import { z } from 'zod';
import { configModes } from '#contracts/config-mode.ts';

/** What the supervisor tells a program when it starts it; crosses the process border as JSON. */
const listen = z.object({ host: z.string(), port: z.number().int().min(0).max(65_535) });

/** A program that is not started any more, and why. */
export const lostProgram = z.object({
  name: z.string(),
  code: z.string(),
  message: z.string(),
  suggestedAction: z.string(),
});
export type LostProgram = z.infer<typeof lostProgram>;

/** Told to control whenever one is lost. */
export const lostMessage = z.object({ lost: z.array(lostProgram) });

/** Elsewhere than in the data folder. INVARIANT: said over this channel only, never printed. */
const postgres = z.object({
  connection: z.string(),
  migrationConnection: z.string().optional(),
});

/** Where a disk is low; the usual levels where nothing is said. */
const diskLevels = z
  .object({
    unit: z.enum(['percent', 'bytes']),
    warn: z.number().positive(),
    refuse: z.number().positive(),
    seal: z.number().positive(),
  })
  .optional();

/** Heads of logs are signed once more, with a key that no quantum computer finds. */
const secondSignature = z.enum(['ml-dsa-44']).optional();
export type SecondSignature = NonNullable<z.infer<typeof secondSignature>>;

export const controlSettings = z.object({
  diskLevels,
  secondSignature,
  store: postgres.optional(),
  data: z.string(),
  keys: z.string(),
  config: z.string().optional(),
  /** Whether what is risky of documents waits for somebody else, whoever writes it. */
  configMode: z.enum(configModes).default('auto'),
  /** Which environment this installation is; an Environment document declares it. */
  environment: z.string().optional(),
  /** File that names who cosigns the logs. */
  witnesses: z.string().optional(),
  /** File that names who outside notes the heads of the logs. */
  anchors: z.string().optional(),
  evidence: z.string().optional(),
  /** Folder or URL of a store that keeps copies of the logs. */
  archive: z.string().optional(),
  /** File that names who is sent the records. */
  exports: z.string().optional(),
  listen,
  statePort: z.string(),
  tenant: z.string(),
  version: z.string(),
  /** Where the setup link is written, readable by its owner only. */
  setupFile: z.string(),
  /** Set only by the supervisor's demo: secrets made at run time for its tool servers. */
  seedSecrets: z.record(z.string(), z.string()).default({}),
  lost: z.array(lostProgram).default([]),
  /** How many gateways there should be. */
  gateways: z.int().min(1).default(1),
  /** Where people meet this program, by https that somebody in front of it ends: an origin. */
  publicUrl: z.string().optional(),
  /** How the gateways are met, for whoever asks whether that is safe. */
  gatewayPlace: z.object({ host: z.string(), publicUrl: z.string().optional() }),
});

export const gatewaySettings = z.object({
  /** INVARIANT: the same for control and every gateway of an installation. */
  environment: z.string().optional(),
  diskLevels,
  secondSignature,
  data: z.string(),
  keys: z.string(),
  listen,
  tls: listen.extend({ key: z.string(), cert: z.string() }).optional(),
  /** Itself among the gateways of one listener. INVARIANT: the key is in no file and on no line. */
  among: z.object({
    index: z.int().min(0),
    count: z.int().min(1),
    nonceKey: z.string(),
    generation: z.number(),
  }),
  statePort: z.string(),
  /** Where clients of other machines meet it, by https that somebody in front of it ends: an origin. */
  publicUrl: z.string().optional(),
  /** Where clients sign in their users; without it nobody is named to them. */
  authorizationServer: z.string().optional(),
  /** Where people approve, as they meet it from elsewhere; without it nobody is sent there. */
  publicConsole: z.string().optional(),
  tenant: z.string(),
  version: z.string(),
  writer: z.string(),
  /** `close-log`: closes what the writer left open, and serves nothing. */
  task: z.enum(['serve', 'close-log']),
});

export type ControlSettings = z.infer<typeof controlSettings>;
export type GatewaySettings = z.infer<typeof gatewaySettings>;

/** What a program tells its supervisor, over the channel that the fork opened. */
export type ProgramMessage =
  | { readonly event: 'progress'; readonly text: string }
  /** Said every heartbeat by a program whose loop turns. */
  | { readonly event: 'alive' }
  | { readonly event: 'ready'; readonly urls: Readonly<Record<string, string>> }
  | {
      readonly event: 'failed';
      readonly code: string;
      readonly message: string;
      readonly suggestedAction: string;
      readonly details?: unknown;
    };
