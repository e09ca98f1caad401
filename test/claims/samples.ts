import type { JsonObject } from '#kernel/json/value.ts';

/** By kind: documents that use every field there is, each field at least once. */
export const samples: Readonly<Record<string, readonly JsonObject[]>> = {
  Agent: [
    {
      owner: 'maria@example.com',
      purpose: 'answers tickets',
      manifest: 'support',
      environment: 'staging',
      environments: ['staging', 'dev'],
      rate: { perMinute: 60, burst: 10 },
      callsPerDay: 1_000,
      unbound: { effects: ['read', 'write'] },
      toolLimit: 20,
      groups: ['billing', 'support'],
      tasks: 'perInstance',
      standing: 'none',
      autonomy: 'broad',
      clearance: ['personal', 'region:eu'],
      template: 'support',
      suspended: false,
      review: { every: '90d' },
    },
    { owner: 'a', purpose: 'p', manifest: 'm', nextReview: '2027-01-31' },
  ],
  Manifest: [
    {
      tools: [
        {
          tool: 'billing/create_refund',
          arguments: { amountCents: { max: 10_000, min: 1 }, currency: { oneOf: ['EUR'] } },
        },
        { tool: 'files/read', arguments: { path: { prefix: '/srv/tickets/' } } },
      ],
      targets: ['resource:files/file:///docs/*', 'prompt:files/summary'],
      sensitivity: 'sensitive',
      data: {
        paths: ['/srv/tickets/'],
        hosts: ['acme.example'],
        ids: ['APL-'],
        accounts: ['DE89370400440532013000'],
        outside: 'ask',
      },
    },
  ],
  Entitlement: [
    {
      groups: ['finance'],
      users: ['ada'],
      everyone: false,
      provider: 'corp',
      tools: [{ tool: 'billing/create_refund', arguments: { amountCents: { max: 5_000 } } }],
      targets: ['resource:files/file:///docs/*'],
      sensitivity: 'internal',
      pdp: {
        url: 'http://127.0.0.1:8080/authz',
        credential: 'pdp-token',
        timeoutMs: 500,
        arguments: true,
        loopback: true,
        privateHosts: ['pdp.internal:8443'],
      },
    },
  ],
  Client: [
    {
      agent: 'coder',
      identity: { metadata: 'https://tool.example/client.json' },
      effects: ['read'],
      maxDuration: '8h',
      provider: 'corp',
      users: ['ann'],
      groups: ['dev'],
      consent: 'user',
    },
    { agent: 'coder', identity: { id: 'app', redirectUris: ['https://app.example/cb'] } },
    { agent: 'coder', identity: { dynamic: { redirectUris: ['loopback'] } } },
  ],
  ApprovalRule: [
    {
      approvalClass: 'finance',
      effects: ['write'],
      quorum: 2,
      exclude: ['requester', 'user', 'owner'],
    },
    { roles: ['admin'], people: ['ann', 'bob'] },
  ],
  StepUp: [
    { acts: ['approve'], approvalClass: 'finance', acr: ['high'], within: '5m' },
    { acts: ['people', 'secrets'], amr: ['hwk', 'user'] },
  ],
  Retention: [
    { profile: 'pci', classes: ['standard'], minimum: '13mo', maximum: '2y', online: '3mo' },
    { profile: 'custom', minimum: '90d', basis: 'a contract' },
  ],
  WorkloadIssuer: [
    {
      issuer: 'https://cluster.example',
      audience: 'https://bailiwick.example',
      jwksUri: 'https://cluster.example/openid/v1/jwks',
      loopback: false,
      privateHosts: ['cluster.example:6443'],
      uses: ['client'],
      agents: [
        {
          agent: 'support',
          subject: 'system:serviceaccount:agents:support',
          claims: { '/kubernetes.io/namespace': 'agents' },
        },
      ],
    },
  ],
  IdentityProvider: [
    {
      title: 'Corporate sign-in',
      oidc: {
        issuer: 'https://idp.example/realms/corp',
        clientId: 'bailiwick',
        clientSecret: 'corp-client',
        scopes: ['openid', 'profile', 'groups'],
        exchangeAudiences: ['api://bailiwick'],
        loopback: false,
        privateHosts: ['idp.internal:8443'],
      },
      claims: { name: 'email', groups: '/realm_access/roles', pass: ['device', 'risk'] },
      roles: [
        { group: 'bailiwick-admins', roles: ['admin'] },
        { claim: 'department', value: 'audit', roles: ['auditor'] },
      ],
      require: { acr: ['mfa'], amr: ['otp'], maxAgeSeconds: 28_800 },
    },
    { oidc: { issuer: 'https://idp.example', clientId: 'bailiwick', clientKey: true } },
  ],
  ToolServer: [
    {
      connect: { url: 'https://billing.example/mcp' },
      pin: 'review',
      group: 'billing',
      phase: 'warn',
      credential: { secret: 'billing-key', header: 'authorization', prefix: 'Bearer ' },
      results: { labels: ['personal'], maxBytes: 100_000 },
      timeoutMs: 5_000,
      tools: {
        create_refund: {
          effect: 'write',
          reversible: true,
          openArguments: false,
          sensitivity: 'internal',
          phase: 'enforce',
          results: { labels: [] },
        },
      },
      default: { effect: 'read' },
      exceptions: {
        run_sql: {
          owner: 'maria@example.com',
          reason: 'until the reports have tools of their own',
          control: 'a role that reads two views',
          until: '2027-01-31',
        },
      },
      resources: {
        effect: 'read',
        reversible: true,
        sensitivity: 'public',
        results: { labels: [] },
      },
      prompts: { effect: 'write', results: { labels: ['personal'] } },
      transactions: { audience: 'urn:billing', scope: 'billing' },
    },
    {
      connect: { command: 'node', args: ['server.js'], cwd: '/srv', environment: { MODE: 'live' } },
      shared: 'stateless',
      asks: ['elicitation', 'roots'],
      credentials: [{ secret: 'crm-key', environment: 'CRM_KEY' }],
    },
  ],
  Model: [
    {
      api: 'openai',
      clearance: ['personal'],
      connect: { url: 'https://api.example/v1' },
      credential: { secret: 'openai-key', header: 'authorization', prefix: 'Bearer ' },
      models: {
        'gpt-5': {
          upstream: 'gpt-5-2026-08-07',
          effect: 'read',
          reversible: true,
          sensitivity: 'internal',
          maxOutputTokens: 4_096,
          results: { labels: [] },
        },
      },
      results: { labels: ['untrusted'], maxBytes: 100_000 },
      timeoutMs: 60_000,
      idleMs: 5_000,
    },
  ],
  Directory: [
    {
      issuer: 'https://login.example.com',
      subject: 'email',
      ownerGrace: '7d',
      reviews: { required: true, grace: '14d' },
    },
  ],
  Registry: [
    {
      sources: ['npm:@modelcontextprotocol/*', 'file:/opt/mcp/*'],
      requirePins: true,
      signers: [{ for: 'npm:*', registry: 'signature' }],
      trust: {
        registryKeys: [
          {
            keyid: 'k',
            key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWM4qvzjc3z/cFjjSno+6pFaWal97tMV8xVqQP4VOH+KVyrjDMSyt033SK+uKXisMFhLG4AmQouGchw+TS7Sydg==',
          },
        ],
      },
    },
  ],
  Exchange: [
    {
      agent: 'support',
      provider: 'acme',
      groups: ['support'],
      everyone: false,
      effects: ['read', 'write'],
      uses: ['token', 'id-jag'],
      clients: ['support-at-acme'],
      maxMinutes: 480,
      carries: true,
    },
  ],
  Speaker: [
    {
      agent: 'agent',
      provider: 'corp',
      ways: ['exchange', 'call', 'turns'],
      keys: [
        {
          kid: 'chat',
          jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
        },
      ],
      clients: ['chat'],
      agentItself: true,
    },
  ],
  HandOff: [
    {
      from: 'support',
      to: 'billing',
      for: { targets: ['prompt:crm/draft'], effects: ['read'] },
      depth: 2,
      words: true,
    },
  ],
  Policy: [{ cedar: 'permit(principal, action, resource);', environments: ['dev'] }],
  Environment: [{ purpose: 'rehearsals' }],
  AgentTemplate: [
    {
      purpose: 'agents of the support desk',
      manifests: ['support'],
      groups: ['billing'],
      environments: ['staging'],
      autonomy: 'assisted',
      rate: { perMinute: 60 },
      callsPerDay: 1_000,
      unbound: { effects: ['read'] },
      toolLimit: 20,
      standing: 'none',
      review: { every: '90d' },
    },
  ],
  RiskList: [
    { classes: { payments: { owner: 'ann', why: 'money leaves', actions: ['billing/refund'] } } },
  ],
};
