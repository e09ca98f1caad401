import { describe, expect, it } from 'vitest';
import type { DocumentKind } from '#contracts/document-kind.ts';
import type { NamedEntry } from '#contracts/section.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
import { limits } from '#kernel/limits.ts';
import { manifestKind, toolServerKind } from './index.ts';

function entryOf<Entry extends NamedEntry>(
  kind: DocumentKind<Entry>,
  spec: JsonObject,
  name = 'billing',
): Entry {
  const parsed = kind.parse(name, spec);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return parsed.entry;
}

function problemsOf(kind: DocumentKind, spec: JsonObject, name = 'billing') {
  const parsed = kind.parse(name, spec);
  const problems = parsed.kind === 'problems' ? parsed.problems : [];
  return problems.map(({ path, message }) => `${path.join('.')} ${message}`);
}

const url = { connect: { url: 'http://127.0.0.1:9000/mcp' } };
const command = { connect: { command: 'billing-server' } };

describe('kind: Manifest', () => {
  it('names tools exactly, with bounds on their arguments', () => {
    const bounds = { max: 500, min: 1, oneOf: ['eur', null, 1], prefix: 'cus_' };
    const spec = {
      tools: [{ tool: 'billing/create_refund', arguments: { amount: bounds } }, { tool: 'a/b/c' }],
    };
    expect(entryOf(manifestKind, spec, 'refunds')).toEqual({
      name: 'refunds',
      sensitivity: 'internal',
      targets: [
        {
          target: { kind: 'tool', owner: 'billing', name: 'create_refund' },
          prefix: false,
          bounds: {
            amount: [
              { kind: 'min', value: 1 },
              { kind: 'max', value: 500 },
              { kind: 'one-of', values: ['eur', null, 1] },
              { kind: 'prefix', value: 'cus_' },
            ],
          },
        },
        { target: { kind: 'tool', owner: 'a', name: 'b/c' }, prefix: false, bounds: {} },
      ],
    });
  });

  it('refers to the server of every tool', () => {
    const parsed = manifestKind.parse('m', { tools: [{ tool: 'a/x' }, { tool: 'b/y' }] });
    expect(parsed.kind === 'parsed' && parsed.references).toEqual([
      { kind: 'ToolServer', name: 'a', path: ['spec', 'tools', 0, 'tool'] },
      { kind: 'ToolServer', name: 'b', path: ['spec', 'tools', 1, 'tool'] },
    ]);
  });

  it('grants resources, prompts and models by name, and resources by how they begin', () => {
    const targets = ['resource:files/file:///docs/*', 'prompt:files/summary', 'model:openai/small'];
    const parsed = manifestKind.parse('m', { targets });
    expect(parsed).toMatchObject({
      kind: 'parsed',
      entry: {
        targets: [
          { target: { kind: 'resource', owner: 'files', name: 'file:///docs/' }, prefix: true },
          { target: { kind: 'prompt', owner: 'files', name: 'summary' }, prefix: false },
          { target: { kind: 'model', owner: 'openai', name: 'small' }, prefix: false },
        ],
      },
      references: [
        { kind: 'ToolServer', name: 'files', path: ['spec', 'targets', 0] },
        { kind: 'ToolServer', name: 'files', path: ['spec', 'targets', 1] },
        { kind: 'Model', name: 'openai', path: ['spec', 'targets', 2] },
      ],
    });
  });

  it.each([
    ['files/file:///docs/a', /not the name of a target/],
    ['resource:files', /names a whole owner/],
    ['resource:files/', /not the name of a target/],
    ['resource:files/*', /not the name of a target/],
    ['resource:files/file:///*/x', /names every target/],
    ['resource:files/file:///*/x/*', /names every target/],
    ['resource:files/file:///a*b', /names every target/],
    ['resource:files/file:///docs*', /names every target/],
    ['resource:files/file:///docs/**', /names every target/],
    ['resource:files/docs/*', /scheme first/],
    ['resource:files/https://*', /inside a host name/],
    ['resource:files/file:///docs/../*', /climbs out/],
    ['resource:files/file:///docs/%2e%2e/*', /climbs out/],
    ['resource:files/file:///docs//*', /climbs out/],
    ['resource:files/https://host/a%2f/*', /climbs out/],
    ['resource:files/https://Host/a/*', /plain form of a URI/],
    ['resource:files/file:///%64ocs/*', /plain form of a URI/],
    ['resource:files/file:///my docs/*', /plain form of a URI/],
    ['prompt:files/sum/*', /named whole/],
    ['prompt:files/sum*', /names every target/],
    ['model:openai/gpt*', /names every target/],
    ['tool:files/read', /stands in `tools`/],
    ['agent:other', /no document says who answers for it/],
    ['host:example', /no document says who answers for it/],
    ['modle:openai/gpt-5', /not the name of a target/],
  ])('grants nothing by what could mean more than it says: %s', (target, message) => {
    const problems = problemsOf(manifestKind, { targets: [target] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it('bounds the arguments of what has some, and says where there are none', () => {
    const amount = { arguments: { amount: { max: 5 } } };
    const entry = entryOf(manifestKind, {
      targets: [{ target: 'prompt:files/summary', ...amount }, { target: 'model:openai/small' }],
    });
    expect(entry.targets.map(({ bounds }) => bounds)).toEqual([
      { amount: [{ kind: 'max', value: 5 }] },
      {},
    ]);
    const of = (target: string) => problemsOf(manifestKind, { targets: [{ target, ...amount }] });
    for (const [kind, target] of [
      ['resource', 'resource:files/file:///a'],
      ['model', 'model:openai/small'],
    ] as const) {
      expect(of(target)).toEqual([
        `spec.targets.0 nothing judges arguments of a \`${kind}\`, so a bound would bind nothing`,
      ]);
    }
    expect(
      problemsOf(manifestKind, { targets: [{ target: 'model:a/b', bounds: {} }] }),
    ).toHaveLength(1);
    expect(problemsOf(manifestKind, { targets: [7] })).toHaveLength(1);
  });

  it('grants each target once', () => {
    const twice = { targets: ['prompt:files/sum', 'prompt:files/sum'] };
    expect(problemsOf(manifestKind, twice)).toEqual([
      'spec.targets.1 `prompt:files/sum` is listed twice',
    ]);
  });

  it.each(['billing/*', '*/*', '*', 'billing/create_?'])(
    'knows no wildcards: %s is refused [TOL-21]',
    (tool) => {
      expect(problemsOf(manifestKind, { tools: [{ tool }] })).toEqual([
        'spec.tools.0.tool a manifest names every tool; there are no wildcards',
      ]);
    },
  );

  it.each(['billing', 'billing/', '/x', 'Billing/x', 'billing/a b', `b/${'x'.repeat(127)}`])(
    'refuses %s as the name of a tool',
    (tool) => {
      expect(problemsOf(manifestKind, { tools: [{ tool }] })).toEqual([
        'spec.tools.0.tool this is not the name of a tool',
      ]);
    },
  );

  it('refuses two tools whose names look alike to a model, and says which [TOL-18]', () => {
    const tools = [{ tool: 'a/get-user' }, { tool: 'a/other' }, { tool: 'a/Get.User' }];
    expect(problemsOf(manifestKind, { tools })).toEqual([
      'spec.tools.2.tool `a/Get.User` and `a/get-user` have names that look alike to a model',
    ]);
  });

  it('refuses a tool twice, an empty list and bounds that say nothing or contradict', () => {
    const twice = [{ tool: 'a/x' }, { tool: 'a/x' }];
    expect(problemsOf(manifestKind, { tools: twice })).toEqual([
      'spec.tools.1.tool `a/x` is listed twice',
    ]);
    expect(problemsOf(manifestKind, { tools: [] })).toHaveLength(1);
    const bounds = (given: JsonObject) =>
      problemsOf(manifestKind, { tools: [{ tool: 'a/x', arguments: { n: given } }] });
    expect(bounds({})[0]).toMatch(/give at least one/);
    expect(bounds({ min: 2, max: 1 })[0]).toMatch(/no value would do/);
    expect(bounds({ maximum: 1 })[0]).toMatch(/unknown key `maximum`/);
    expect(bounds({ oneOf: [] })).toHaveLength(1);
    expect(bounds({ prefix: '' })).toHaveLength(1);
  });

  it('refuses a prefix that ends inside a host name', () => {
    const bounds = (prefix: string) =>
      problemsOf(manifestKind, { tools: [{ tool: 'a/x', arguments: { url: { prefix } } }] });
    expect(bounds('https://api.example.com')[0]).toMatch(/other hosts/);
    expect(bounds('https://api.example.com/')).toEqual([]);
  });

  it('finds a bound on an argument that the approved definition does not have', () => {
    const against = (argument: string, inputSchema: JsonObject) => {
      const tools = [{ tool: 'a/free' }, { tool: 'a/x', arguments: { [argument]: { max: 5 } } }];
      const definition = { name: 'x', inputSchema };
      const pinned = { tool: 'x', digest: 'd', definition, approvedBy: '', approvedAt: 0 };
      const found = manifestKind.against?.(entryOf(manifestKind, { tools }), (server, tool) =>
        `${server}/${tool}` === 'a/x' ? pinned : undefined,
      );
      return found?.map(({ path, message, suggestedAction }) =>
        [path.join('.'), message, suggestedAction].join(': '),
      );
    };
    const named = { properties: { amount: {} }, anyOf: [{ properties: { total: {} } }] };
    expect(against('amount', named)).toEqual([]);
    expect(against('total', named)).toEqual([]);
    expect(against('ammount', named)).toEqual([
      'spec.tools.1.arguments.ammount: `a/x` has no argument `ammount`, so its bound would bind nothing: did you mean `amount`?',
    ]);
    expect(against('ammount', { type: 'object' })).toEqual([]);
    expect(against('ammount', { ...named, $ref: 'https://elsewhere.example' })).toEqual([]);
  });
});

describe('kind: ToolServer', () => {
  it('takes what nobody classified for the worst [TOL-02]', () => {
    const entry = entryOf(toolServerKind, url);
    expect(entry).toMatchObject({
      connect: { kind: 'http', url: 'http://127.0.0.1:9000/mcp' },
      shared: false,
      pin: 'review',
      credentials: [],
      timeoutMs: limits.upstreamTimeoutMs,
      resultBytes: limits.resultBytes,
      tools: {},
    });
    expect(entry.defaultClass).toEqual({
      effect: 'write',
      isUndeclared: true,
      reversible: false,
      resultLabels: ['integrity:untrusted'],
      openArguments: false,
      sensitivity: 'internal',
    });
  });

  it('labels results as the tool says, else as the server says, else as untrusted [SEM-19]', () => {
    const tools = {
      own: { effect: 'read', results: { labels: ['secret', 'personal', 'secret'] } },
      none: { effect: 'read', results: { labels: [] } },
      usual: { effect: 'delete' },
    };
    const plain = entryOf(toolServerKind, { ...url, tools });
    expect(plain.tools['usual']).toMatchObject({
      reversible: false,
      resultLabels: ['integrity:untrusted'],
    });
    expect(plain.tools['none']?.resultLabels).toEqual([]);
    const trusted = entryOf(toolServerKind, { ...url, tools, results: { labels: [] } });
    expect(trusted.tools['usual']?.resultLabels).toEqual([]);
    expect(trusted.defaultClass.resultLabels).toEqual(['integrity:untrusted']);
    expect(plain.tools['own']?.reversible).toBe(true);
    const results = { labels: ['sensitive'] };
    const labelled = entryOf(toolServerKind, { ...url, tools, results });
    expect(labelled.tools['own']?.resultLabels).toEqual([
      'confidentiality:personal',
      'confidentiality:secret',
    ]);
    expect(labelled.tools['none']?.resultLabels).toEqual([]);
    expect(labelled.tools['usual']?.resultLabels).toEqual(['confidentiality:sensitive']);
    expect(labelled.defaultClass.resultLabels).toEqual([
      'confidentiality:sensitive',
      'integrity:untrusted',
    ]);
    const opened = { ...url, default: { effect: 'read' } };
    expect(entryOf(toolServerKind, opened).defaultClass).toMatchObject({
      effect: 'read',
      resultLabels: ['integrity:untrusted'],
    });
  });

  it('keeps results unless it says otherwise, of a tool, else of the server; offers like tools', () => {
    const tools = {
      own: { effect: 'read', results: { record: 'sealed' } },
      left: { effect: 'read', results: { record: 'commitment-only' } },
      usual: { effect: 'read' },
    };
    const records = (entry: ServerEntry) => ({
      own: entry.tools['own']?.record,
      left: entry.tools['left']?.record,
      usual: entry.tools['usual']?.record,
      unnamed: entry.defaultClass.record,
      prompts: entry.offers?.prompt?.record,
    });
    const plain = { own: undefined, usual: undefined, unnamed: undefined, prompts: undefined };
    const left = 'commitment-only';
    expect(records(entryOf(toolServerKind, { ...url, tools }))).toEqual({ ...plain, left });
    const all = { ...url, tools, results: { record: left } };
    const none = { own: undefined, left, usual: left, unnamed: left, prompts: left };
    expect(records(entryOf(toolServerKind, all))).toEqual(none);
    const offered = { ...all, prompts: { results: { record: 'sealed' } } };
    expect(records(entryOf(toolServerKind, offered)).prompts).toBeUndefined();
  });

  it('has classes of its resources and prompts: read and untrusted, unless it says so of them', () => {
    const labels = (...names: string[]): JsonObject => ({ results: { labels: names } });
    const plain = entryOf(toolServerKind, url).offers;
    const usual = {
      effect: 'read',
      reversible: true,
      resultLabels: ['integrity:untrusted'],
      sensitivity: 'internal',
    };
    expect(plain).toEqual({ resource: usual, prompt: usual });
    // What is said of tools does not reach what nobody looked at.
    expect(entryOf(toolServerKind, { ...url, ...labels() }).offers).toEqual(plain);
    expect(entryOf(toolServerKind, { ...url, ...labels('personal') }).offers).toMatchObject({
      resource: { resultLabels: ['confidentiality:personal', 'integrity:untrusted'] },
    });
    const said = {
      ...url,
      resources: labels(),
      prompts: { effect: 'write', sensitivity: 'public' },
    };
    expect(entryOf(toolServerKind, said).offers).toEqual({
      resource: { ...usual, resultLabels: [] },
      prompt: { ...usual, effect: 'write', reversible: false, sensitivity: 'public' },
    });
    const open = { ...url, resources: { openArguments: true } };
    expect(problemsOf(toolServerKind, open)).toHaveLength(1);
  });

  it('asks for tokens outside alone, of this machine and private networks only where it says so', () => {
    const asking = (exchange: JsonObject) => ({
      ...url,
      credential: { exchange: { clientId: 'us', ...exchange } },
    });
    const here = { tokenEndpoint: 'http://127.0.0.1:9/token' };
    const [use] = entryOf(
      toolServerKind,
      asking({ ...here, loopback: true, privateHosts: ['as.internal:8443'] }),
    ).credentials;
    expect(use).toMatchObject({
      exchange: { network: { loopback: true, hosts: ['as.internal:8443'] } },
    });
    const bad = (given: JsonObject) => problemsOf(toolServerKind, asking(given)).join('\n');
    expect(bad(here)).toMatch(/loopback: true/);
    expect(bad({ tokenEndpoint: 'https://localhost/token' })).toMatch(/loopback: true/);
    expect(bad({ tokenEndpoint: 'http://as.example/token' })).toMatch(/only https/);
    expect(bad({ tokenEndpoint: 'https://as.example/token', privateHosts: ['a b'] })).toMatch(
      /privateHosts/,
    );
    expect(bad({ tokenEndpoint: 'https://as.example/token' })).toBe('');
  });

  it('says all that its way to a token needs, and nothing that another way would', () => {
    const asking = (exchange: JsonObject) => ({
      ...url,
      credential: {
        exchange: { tokenEndpoint: 'https://as.example/token', clientId: 'us', ...exchange },
      },
    });
    const bad = (given: JsonObject) => problemsOf(toolServerKind, asking(given)).join('\n');
    const provider = { tokenEndpoint: 'https://idp.example/token', clientId: 'us' };
    const jag = { mode: 'id-jag-exchange', issuer: 'https://as.example', provider };
    expect(bad(jag)).toBe('');
    expect(bad({ ...jag, issuer: undefined as never })).toMatch(/issuer/);
    expect(bad({ mode: 'id-jag-exchange', issuer: 'https://as.example' })).toMatch(/provider/);
    expect(bad({ provider })).toMatch(/id-jag-exchange/);
    const plain = { tokenEndpoint: 'http://idp.example/token', clientId: 'us' };
    expect(bad({ ...jag, provider: plain })).toMatch(/only https/);
    const obo = { mode: 'on-behalf-of', scope: 'api://crm/read', namesActor: false };
    expect(bad(obo)).toBe('');
    expect(bad({ ...obo, machineScope: 'api://crm/.default' })).toBe('');
    expect(bad({ machineScope: 'x' })).toMatch(/machineScope/);
    expect(bad({ ...obo, namesActor: true })).toMatch(/namesActor: false/);
    expect(bad({ mode: 'on-behalf-of', namesActor: false })).toMatch(/scope/);
    expect(bad({ mode: 'federated-token', namesActor: false })).toMatch(/connection/);
    expect(bad({ connection: 'google' })).toMatch(/federated-token/);
    const secret = { ...asking({ ...obo, clientSecret: 'entra' }) };
    expect(toolServerKind.secrets?.(entryOf(toolServerKind, secret))).toEqual(['entra']);
  });

  it('gets transaction tokens where it asks for them, for itself unless it says otherwise', () => {
    expect(entryOf(toolServerKind, url)).not.toHaveProperty('transactions');
    expect(entryOf(toolServerKind, { ...url, transactions: {} }).transactions).toEqual({
      audience: 'http://127.0.0.1:9000/mcp',
    });
    const own = { audience: 'urn:crm', scope: 'crm.read crm.write' };
    expect(entryOf(toolServerKind, { ...url, transactions: own }).transactions).toEqual(own);
    expect(problemsOf(toolServerKind, { ...command, transactions: {} })[0]).toMatch(/`url`/);
    expect(
      problemsOf(toolServerKind, { ...url, credential: { secret: 'a', header: 'Txn-Token' } })[0],
    ).toMatch(/header/);
  });

  it('takes one credential or several', () => {
    const header = { secret: 'billing-key', header: 'Authorization', prefix: 'Bearer ' };
    expect(entryOf(toolServerKind, { ...url, credential: header }).credentials).toEqual([
      { kind: 'header', secret: 'billing-key', header: 'authorization', prefix: 'Bearer ' },
    ]);
    const credentials = [
      { secret: 'a', environment: 'TOKEN_A' },
      { secret: 'b', environment: 'TOKEN_B' },
    ];
    expect(entryOf(toolServerKind, { ...command, credentials }).credentials).toEqual([
      { kind: 'environment', secret: 'a', variable: 'TOKEN_A' },
      { kind: 'environment', secret: 'b', variable: 'TOKEN_B' },
    ]);
  });

  it.each([
    ['host'],
    ['Content-Length'],
    ['transfer-encoding'],
    ['connection'],
    ['MCP-Session-Id'],
    ['proxy-authorization'],
    ['x y'],
    ['x:y'],
    ['x\r\ny'],
    [''],
  ])('lends no credential in the header %j', (header) => {
    const spec = { ...url, credential: { secret: 'a', header } };
    expect(problemsOf(toolServerKind, spec)[0]).toMatch(/^spec\.credential\.header /);
  });

  it.each([
    [{ ...url, credential: { secret: 'a', environment: 'A' } }, /use `header`/],
    [{ ...command, credential: { secret: 'a', header: 'x-key' } }, /use `environment`/],
    [
      { ...url, credential: { secret: 'a' } },
      /either `header`, `query`, `environment` or `argument`/,
    ],
    [
      { ...url, credential: { secret: 'a', query: 'k', prefix: 'x' } },
      /`prefix` belongs to `header`/,
    ],
    [{ ...command, credential: { secret: 'a', query: 'k' } }, /use `environment`/],
    [{ ...url, credential: { secret: 'a', argument: 'K' } }, /use `header`/],
    [{ ...command, credential: { secret: 'a', argument: 'K' } }, /no argument holds `\$\{K\}`/],
    [{ connect: { url: 'http://h/?k=1' }, credential: { secret: 'a', query: 'k' } }, /given twice/],
    [
      {
        connect: { url: 'http://h/', headers: { 'X-K': '1' } },
        credential: { secret: 'a', header: 'x-k' },
      },
      /given twice/,
    ],
    [{ ...url, credential: { secret: 'a', header: 'x', environment: 'A' } }, /either/],
    [{ ...url, credential: { secret: 'a', header: 'x' }, credentials: [] }, /not both/],
    [
      {
        ...url,
        credentials: [
          { secret: 'a', header: 'x-key' },
          { secret: 'b', header: 'X-Key' },
        ],
      },
      /given twice/,
    ],
    [
      {
        connect: { command: 'x', environment: { A: '1' } },
        credential: { secret: 'a', environment: 'A' },
      },
      /given twice/,
    ],
  ])('refuses a credential that could not be used as written: %j', (spec, message) => {
    expect(problemsOf(toolServerKind, spec as unknown as JsonObject)[0]).toMatch(message);
  });

  it.each([
    'ftp://host/',
    'http://user:pw@host/',
    'http://user@host/',
    'http://host/#x',
    'http://host/#',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'billing',
  ])('refuses the url %s', (given) => {
    expect(problemsOf(toolServerKind, { connect: { url: given } })[0]).toMatch(
      /spec\.connect\.url/,
    );
  });

  it('says headers that are no secrets, and has members of a query lent', () => {
    const connect = { url: 'http://h/?team=blue', headers: { 'X-Region': 'eu' } };
    const entry = entryOf(toolServerKind, { connect, credential: { secret: 'a', query: 'key' } });
    expect(entry.connect).toEqual({
      kind: 'http',
      url: connect.url,
      headers: { 'x-region': 'eu' },
    });
    expect(entry.credentials).toEqual([{ kind: 'query', secret: 'a', name: 'key' }]);
    const argument = { secret: 'a', argument: 'KEY' };
    const program = { command: 'x', args: ['--key=${KEY}'] };
    expect(entryOf(toolServerKind, { connect: program, credential: argument }).credentials).toEqual(
      [{ kind: 'environment', secret: 'a', variable: 'KEY', inArguments: true }],
    );
  });

  it.each([
    [{ Authorization: 'Bearer x' }, /holds a secret: put it into the vault/],
    [{ cookie: 'a=b' }, /holds a secret/],
    [{ host: 'x' }, /gateway alone writes/],
    [{ 'mcp-session-id': 'x' }, /gateway alone writes/],
    [{ 'x y': 'x' }, /no header name/],
    [{ 'x-a': 'x\r\ny: z' }, /printable ASCII/],
    [{ 'x-a': '' }, /printable ASCII/],
    [{ 'x-a': '1', 'X-A': '2' }, /each once/],
    [Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`x-${at}`, '1'])), /at most 32/],
  ])('refuses the headers %j', (headers, message) => {
    const spec: JsonObject = { connect: { url: 'http://h/', headers: headers as JsonObject } };
    expect(problemsOf(toolServerKind, spec)[0]).toMatch(message);
    expect(
      problemsOf(toolServerKind, { connect: { command: 'x', headers: { 'x-a': '1' } } })[0],
    ).toMatch(/`headers` belong to `url`/);
  });

  it('refuses a connection that is none or two, and a name that no tool could be called by', () => {
    expect(problemsOf(toolServerKind, { connect: {} })[0]).toMatch(/either `url` or `command`/);
    const both = { connect: { ...url.connect, command: 'x' } };
    expect(problemsOf(toolServerKind, both)[0]).toMatch(/either/);
    const mixed = { connect: { ...url.connect, args: ['x'] } };
    expect(problemsOf(toolServerKind, mixed)[0]).toMatch(/belong to `command`/);
    expect(problemsOf(toolServerKind, url, 'a.b')[0]).toMatch(/not the name of a tool server/);
    expect(problemsOf(toolServerKind, url, 'x'.repeat(65))).toHaveLength(1);
  });

  it('has a digest of the whole document', () => {
    const digest = (spec: JsonObject, name?: string) => entryOf(toolServerKind, spec, name).digest;
    expect(digest({ ...url, pin: 'review' })).not.toBe(digest(url));
    expect(digest(url, 'other')).not.toBe(digest(url));
    expect(digest({ timeoutMs: 5, ...url })).toBe(digest({ ...url, timeoutMs: 5 }));
  });
});

describe('an exception for a tool that does whatever its text says', () => {
  const whole = {
    owner: 'ada@example.com',
    reason: 'reports',
    control: 'two views',
    until: '2027-01-31',
  };
  const spec = (one: JsonObject) => ({ ...url, exceptions: { run_sql: one } });

  it('has an owner, a reason, a control and an end, or is none [TOL-01]', () => {
    expect(entryOf(toolServerKind, spec(whole)).exceptions).toEqual({
      run_sql: { ...whole, until: Date.UTC(2027, 0, 31) },
    });
    for (const field of Object.keys(whole)) {
      const { [field as keyof typeof whole]: _, ...rest } = whole;
      expect(problemsOf(toolServerKind, spec(rest)), field).toEqual([
        expect.stringContaining(`exceptions.run_sql.${field}`),
      ]);
    }
    for (const until of ['soon', '2027-02-30', '']) {
      expect(problemsOf(toolServerKind, spec({ ...whole, until }))).toHaveLength(1);
    }
    expect(problemsOf(toolServerKind, spec({ ...whole, owner: ' ' }))).toHaveLength(1);
  });

  it('is on record when it is given, changed and taken away; so is what a tool may do [TOL-01, TOL-11]', () => {
    const recorded = (before: JsonObject | undefined, after: JsonObject) =>
      toolServerKind.recorded?.(
        before === undefined ? undefined : entryOf(toolServerKind, { ...url, ...before }),
        entryOf(toolServerKind, { ...url, ...after }),
      );
    const exceptions = { run_sql: whole };
    const said = { ...whole, until: '2027-01-31T00:00:00.000Z' };
    const type = 'tool.exception-changed';
    const of = { server: 'billing', tool: 'run_sql' };
    expect(recorded(undefined, { exceptions })).toEqual([{ type, details: { ...of, ...said } }]);
    expect(recorded({ exceptions }, { exceptions })).toEqual([]);
    expect(recorded({ exceptions }, {})).toEqual([{ type, details: { ...of, ended: 'removed' } }]);
    const change = { tool: 'pay', from: 'undeclared', to: 'write' };
    expect(recorded({}, { tools: { pay: { effect: 'write' } } })).toEqual([
      { type: 'tool.effect-changed', details: { server: 'billing', changes: [change] } },
    ]);
    expect(
      recorded({ tools: { pay: { effect: 'read' } } }, { tools: { pay: { effect: 'delete' } } }),
    ).toEqual([
      {
        type: 'tool.effect-changed',
        details: { server: 'billing', changes: [{ ...change, from: 'read', to: 'delete' }] },
      },
    ]);
  });
});
