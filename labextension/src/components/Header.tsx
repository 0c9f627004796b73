// The first line of a job: status, name, what it cost so far, Stop.

import { type ReactNode, useState } from 'react';
import type { Connection } from '../sources/source';
import { standingWord } from '../standing';
import { trans } from '../translation';
import type { JobView } from '../view';
import { cost, count, elapsed, seconds } from '../wording';
import { StatusMark } from './StatusMark';

export interface HeaderProps {
  view: JobView;
  connection: Connection;
  /** The job's clock. */
  now: number;
  onStop?: (() => Promise<unknown>) | undefined;
  onResume?: (() => Promise<unknown>) | undefined;
  onOpenOrigin?: ((id: string) => void) | undefined;
}

export function Header({ view, connection, now, onStop, onResume, onOpenOrigin }: HeaderProps) {
  const status = standingWord(view);
  const active = view.status !== 'DONE';
  const time = elapsed(view.started_at, view.finished_at, now);
  const facts: ReactNode[] = [
    view.model ?? view.agent,
    count(view.turns, '%1 turn', '%1 turns'),
    view.usage.calls > 0 ? cost(view.usage.cost_usd, view.usage.unknown_cost_calls) : null,
    time === null ? null : seconds(time >= 1 && active ? Math.floor(time) : time),
    view.forked_from ? <Origin origin={view.forked_from} onOpen={onOpenOrigin} /> : null
  ];
  // A message brings any job back; these are the jobs that go on without one.
  const canGoOn = view.status === 'DONE' ? view.error !== null : view.awaiting === 'a resume';
  return (
    <div className="jp-statek-Header">
      <StatusMark status={status} />
      <strong className="jp-statek-Header-name" title={view.name ? trans.__('job %1', view.id) : undefined}>
        {view.name ?? view.id}
      </strong>
      <span className="jp-statek-Header-facts">
        {facts
          .filter(fact => fact !== null)
          .map((fact, at) => (
            <span key={at} className="jp-statek-Header-fact">
              {fact}
            </span>
          ))}
      </span>
      <ConnectionNote connection={connection} />
      {active && onStop ? (
        <ActionButton label={trans.__('Stop')} busyLabel={trans.__('Stopping…')} action={onStop} />
      ) : null}
      {canGoOn && onResume ? (
        <ActionButton label={trans.__('Go on')} busyLabel={trans.__('Going on…')} action={onResume} />
      ) : null}
    </div>
  );
}

function Origin({ origin, onOpen }: { origin: { job: string; turn: number }; onOpen: HeaderProps['onOpenOrigin'] }) {
  const text = trans.__('fork of turn %1', String(origin.turn));
  return onOpen ? (
    <button type="button" className="jp-statek-Fold" title={origin.job} onClick={() => onOpen(origin.job)}>
      {text}
    </button>
  ) : (
    <span title={origin.job}>{text}</span>
  );
}

function ConnectionNote({ connection }: { connection: Connection }) {
  if (connection === 'live' || connection === 'connecting') {
    return null;
  }
  const [word, title] =
    connection === 'saved'
      ? [trans.__('saved copy'), trans.__('This is how the job looked when the notebook was saved.')]
      : [trans.__('not connected'), trans.__('The kernel or server does not answer; what is shown may be old.')];
  return (
    <span className="jp-statek-Badge" title={title}>
      {word}
    </span>
  );
}

export interface ActionButtonProps {
  label: string;
  busyLabel: string;
  action: () => Promise<unknown>;
  primary?: boolean;
}

export function ActionButton({ label, busyLabel, action, primary = false }: ActionButtonProps) {
  const [busy, setBusy] = useState(false);
  const run = () => {
    if (busy) {
      return;
    }
    setBusy(true);
    // A failure is shown as the view's notice; a success shows as a new status. Either way the button is free again.
    void action()
      .catch(() => undefined)
      .then(() => setBusy(false));
  };
  return (
    <button
      type="button"
      className={`jp-statek-Button${primary ? ' jp-mod-primary' : ''}`}
      onClick={run}
      // Not switched off, which would take the focus away.
      aria-disabled={busy}
    >
      {busy ? busyLabel : label}
    </button>
  );
}
