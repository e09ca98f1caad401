import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { act, useAsk } from './ask.ts';
import { Distance, Moment } from './moment.tsx';
import { Badge, Button, Card, code, Empty, Page } from './parts.tsx';
import { Choose, FindBox, isNarrowed, ListHead, pageOf, Pager, useListSearch } from './pages.tsx';
import { Plain } from './plain.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { mayDo } from './screens.ts';
import { usePerson } from './shell.tsx';
import { State } from './tools.tsx';

export function PeoplePage(): ReactNode {
  return (
    <Page title="People" lead="Who may do what here, who is signed in, and for whom agents act.">
      <People />
      <Consents />
      <SignIns />
    </Page>
  );
}

const row = 'grid items-start gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto]';

function People(): ReactNode {
  const { search } = useListSearch();
  const { state: role, ...of } = search;
  const asked = useAsk('GET /v1/people', pageOf(of, { role }));
  const people = asked.data?.people ?? [];
  return (
    <Card
      title="Roles"
      aside={
        <ListHead>
          <FindBox label="Find a person by name" hint="Name" />
          <Choose label="Role" part="state" of={rolesOffered} />
          <Choose label="Order" part="sort" of={{ '': 'By name', added: 'First added first' }} />
        </ListHead>
      }
    >
      <State of={asked} />
      {asked.data !== undefined && people.length === 0 ? (
        <Empty title="Nobody fits">Nobody is called so, or nobody of that name has the role.</Empty>
      ) : null}
      {people.length === 1 && !isNarrowed(search) && search.cursor === undefined ? (
        <Empty title="There is one person">
          What is risky needs two. Add another:{' '}
          <code className={code}>bailiwick person add NAME --role operator --reason WHY</code>
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {people.map((one) => (
          <li key={one.name} className={row}>
            <span className="min-w-0">
              <span className="font-medium">
                <Plain text={one.name} />
              </span>
              <span className="block text-sm text-soft">
                added <Distance to={one.addedAt} />
                {one.eligible === undefined
                  ? ''
                  : ` · may take ${one.eligible.join(', ')} for a time`}
              </span>
            </span>
            <span className="flex flex-wrap gap-2">
              {one.roles.map((role) => (
                <Badge key={role} mark="quiet">
                  {role}
                </Badge>
              ))}
              {one.taken.map(({ role, until }) => (
                <Badge key={role} mark="care">
                  {role}, ends <Distance to={until} />
                </Badge>
              ))}
            </span>
          </li>
        ))}
      </ul>
      <Pager next={asked.data?.next} />
    </Card>
  );
}

/** As the API names them. */
const rolesOffered = {
  '': 'Any role',
  ...Object.fromEntries(
    ['owner', 'auditor', 'approver', 'analyst', 'operator', 'privacy', 'admin'].map((one) => [
      one,
      one,
    ]),
  ),
};

type Consent = AnswerOf<'GET /v1/consents'>['consents'][number];

function Consents(): ReactNode {
  const { me } = usePerson();
  const { search } = useListSearch('consents-');
  const asked = useAsk('GET /v1/consents', pageOf(search));
  const [withdrawing, withdraw] = useState<Consent>();
  const consents = asked.data?.consents ?? [];
  return (
    <Card title="Consents of users">
      <State of={asked} />
      {asked.data !== undefined && consents.length === 0 ? (
        <Empty title="Nobody lets an agent act for them">
          A user who signs in through a client, and agrees that an agent may act for them, stands
          here with what they agreed to.
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {consents.map((one) => (
          <li key={one.id} className={row}>
            <span className="min-w-0">
              <Plain text={one.person} /> lets <Plain text={one.clientName} /> act as{' '}
              <Plain text={one.agent} />
              <span className="block text-sm text-soft">
                to {one.effects.join(', ')} · since <Distance to={one.givenAt} /> · until{' '}
                <Moment at={one.until} since={false} />
              </span>
            </span>
            {mayDo(me, 'analyst') ? <Button onClick={() => withdraw(one)}>Withdraw…</Button> : null}
          </li>
        ))}
      </ul>
      <Pager prefix="consents-" next={asked.data?.next} />
      {withdrawing === undefined ? null : (
        <ReasonDialog
          title={`Withdraw the consent of ${withdrawing.person}`}
          lead="What stands on it ends at once. The user can agree again."
          word="Withdraw"
          run={async (reason) => {
            await act('POST /v1/consents/{id}/withdraw', {
              params: { id: withdrawing.id },
              body: { reason },
            });
            return 'Withdrawn. Nothing acts on it any more.';
          }}
          onClose={() => withdraw(undefined)}
        />
      )}
    </Card>
  );
}

type SignIn = AnswerOf<'GET /v1/sessions'>['sessions'][number];

function SignIns(): ReactNode {
  const { me } = usePerson();
  const { search } = useListSearch('sign-ins-');
  const asked = useAsk('GET /v1/sessions', pageOf(search));
  const [ending, end] = useState<SignIn>();
  const sessions = asked.data?.sessions ?? [];
  return (
    <Card
      title="Signed in now"
      aside={
        <ListHead>
          <FindBox
            prefix="sign-ins-"
            label="Find a sign-in by person or provider"
            hint="Person or provider"
          />
        </ListHead>
      }
    >
      <State of={asked} />
      {asked.data !== undefined && sessions.length === 0 && isNarrowed(search) ? (
        <Empty title="No sign-in fits">
          Nobody of that name, or by such a provider, is signed in.
        </Empty>
      ) : null}
      {asked.data !== undefined && sessions.length === 0 && !isNarrowed(search) ? (
        <Empty title="Nobody is signed in by a provider or a passkey">
          Whoever gives a credential is not here: it is asked with each request and kept nowhere.
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {sessions.map((one) => (
          <li key={one.id} className={row}>
            <span className="min-w-0">
              <span className="font-medium">
                <Plain text={one.person} />
              </span>
              <span className="block text-sm text-soft">
                by <Plain text={one.provider} /> · since <Distance to={one.begunAt} /> · last seen{' '}
                <Distance to={one.seenAt} />
              </span>
            </span>
            {mayDo(me, 'admin') || me.name === one.person ? (
              <Button onClick={() => end(one)}>End…</Button>
            ) : null}
          </li>
        ))}
      </ul>
      <Pager prefix="sign-ins-" next={asked.data?.next} />
      {ending === undefined ? null : (
        <ReasonDialog
          title={`End the sign-in of ${ending.person}`}
          lead="Their pages and what agents do on it end at once. They can sign in again."
          word="End it"
          run={async (reason) => {
            await act('POST /v1/sessions/{id}/end', {
              params: { id: ending.id },
              body: { reason },
            });
            return 'Ended.';
          }}
          onClose={() => end(undefined)}
        />
      )}
    </Card>
  );
}
