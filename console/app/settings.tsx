import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { act, useAsk } from './ask.ts';
import { Distance, Moment } from './moment.tsx';
import { Badge, Button, Card, code, Empty, Facts, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { signOut } from './session.ts';
import { usePerson } from './shell.tsx';
import { type Theme, themeNames, themes, useTheme } from './theme.ts';
import { State } from './tools.tsx';

export function SettingsPage(): ReactNode {
  return (
    <Page
      title="Settings"
      lead="Who you are here, by what you come, and how this page looks to you."
    >
      <Me />
      <Look />
      <Passkeys />
      <Tokens />
    </Page>
  );
}

function Me(): ReactNode {
  const { me } = usePerson();
  return (
    <Card title="You" aside={<Button onClick={() => void signOut()}>Sign out</Button>}>
      <Facts
        of={[
          ['Name', <Plain key="name" text={me.name} />],
          ['Tenant', <Plain key="tenant" text={me.tenant} />],
          ['Roles', me.roles.join(', ')],
          ['They open', me.opens.join(', ')],
        ]}
      />
    </Card>
  );
}

function Look(): ReactNode {
  const { theme, setTheme } = useTheme();
  return (
    <Card title="Look">
      <fieldset className="grid gap-2 p-4 sm:grid-cols-4">
        <legend className="sr-only">Theme</legend>
        {themes.map((one: Theme) => (
          <label
            key={one}
            className="flex min-h-11 cursor-pointer items-center gap-3 rounded-md border border-edge px-3 py-2 has-checked:border-accent has-checked:bg-tint has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="theme"
              className="size-4"
              checked={theme === one}
              onChange={() => setTheme(one)}
            />
            {themeNames[one]}
          </label>
        ))}
      </fieldset>
      <p className="px-4 pb-4 text-sm text-soft">
        It is kept in this browser. Motion follows what your system says.
      </p>
    </Card>
  );
}

type Passkey = AnswerOf<'GET /v1/passkeys'>['passkeys'][number];

const row = 'grid items-start gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto]';

function Passkeys(): ReactNode {
  const asked = useAsk('GET /v1/passkeys');
  const [removing, remove] = useState<Passkey>();
  const passkeys = asked.data?.passkeys ?? [];
  return (
    <Card
      title="Your passkeys"
      aside={
        <a href="/" className="text-sm text-accent underline underline-offset-4">
          Add one on the first page
        </a>
      }
    >
      <State of={asked} />
      {asked.data !== undefined && passkeys.length === 0 ? (
        <Empty title="You have none">
          A passkey signs you in without a credential to keep, and stays signed in when this page is
          loaded again.
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {passkeys.map((one) => (
          <li key={one.credential} className={row}>
            <span className="min-w-0">
              <span className="font-medium">
                <Plain text={one.name} />
              </span>
              <span className="block text-sm text-soft">
                added <Distance to={one.createdAt} />
                {one.usedAt === null ? ', never used' : null}
                {one.usedAt === null ? null : (
                  <>
                    , used <Distance to={one.usedAt} />
                  </>
                )}
              </span>
            </span>
            <Button onClick={() => remove(one)}>Remove…</Button>
          </li>
        ))}
      </ul>
      {removing === undefined ? null : (
        <ReasonDialog
          title={`Remove the passkey ${removing.name}`}
          lead="It signs nobody in any more."
          word="Remove"
          run={async (reason) => {
            const body = { credential: removing.credential, reason };
            await act('POST /v1/passkeys/remove', { params: {}, body });
            return 'Removed.';
          }}
          onClose={() => remove(undefined)}
        />
      )}
    </Card>
  );
}

type Token = AnswerOf<'GET /v1/api-tokens'>['tokens'][number];

function Tokens(): ReactNode {
  const asked = useAsk('GET /v1/api-tokens');
  const [revoking, revoke] = useState<Token>();
  const tokens = asked.data?.tokens ?? [];
  return (
    <Card title="Your API tokens">
      <State of={asked} />
      {asked.data !== undefined && tokens.length === 0 ? (
        <Empty title="You have none">
          For a program of yours, with fewer roles than you have and an end:{' '}
          <code className={code}>bailiwick token create NAME --role auditor --for 30d</code>
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {tokens.map((one) => (
          <li key={one.id} className={row}>
            <span className="min-w-0">
              <span className="font-medium">
                <Plain text={one.name} />
              </span>
              <span className="block text-sm text-soft">
                {one.roles.join(', ')} · until <Moment at={one.expiresAt} />
                {one.usedAt === null ? ' · never used' : null}
                {one.usedAt === null ? null : (
                  <>
                    {' '}
                    · used <Distance to={one.usedAt} />
                  </>
                )}
              </span>
            </span>
            <span className="flex items-center gap-2">
              {one.attended ? <Badge mark="quiet">command line</Badge> : null}
              <Button onClick={() => revoke(one)}>Revoke…</Button>
            </span>
          </li>
        ))}
      </ul>
      {revoking === undefined ? null : (
        <ReasonDialog
          title={`Revoke the token ${revoking.name}`}
          lead="Whatever uses it is refused at once."
          word="Revoke"
          run={async (reason) => {
            await act('POST /v1/api-tokens/{id}/revoke', {
              params: { id: revoking.id },
              body: { reason },
            });
            return 'Revoked.';
          }}
          onClose={() => revoke(undefined)}
        />
      )}
    </Card>
  );
}
