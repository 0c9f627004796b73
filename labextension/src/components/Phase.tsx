// What the job does now and since when, and how it ended.

import { isLeft, isQueued, isYourTurn, whoCan } from '../standing';
import { trans } from '../translation';
import type { JobView } from '../view';
import { clockTime, elapsed, seconds, statusWord } from '../wording';
import { ErrorBlock } from './ErrorBlock';
import { Prose } from './Prose';
import { StatusShape } from './StatusMark';
import { Waits } from './Waits';

export function Phase({ view, now }: { view: JobView; now: number }) {
  if (view.status === 'DONE') {
    return null;
  }
  if (isLeft(view)) {
    return <Gone view={view} />;
  }
  if (isYourTurn(view)) {
    return (
      <p className="jp-statek-Phase jp-mod-wait" role="status">
        <StatusShape tone="wait" /> {view.question?.text}
      </p>
    );
  }
  if (view.status === 'SUSPENDED') {
    return (
      <>
        {view.question ? null : (
          <p className="jp-statek-Phase jp-mod-wait">
            <StatusShape tone="wait" /> {trans.__('Waiting for %1', view.awaiting ?? trans.__('a message'))}
          </p>
        )}
        <Waits view={view} now={now} />
      </>
    );
  }
  if (view.status === 'READY') {
    return <p className="jp-statek-Phase">{trans.__('Waiting for a worker')}</p>;
  }
  if (view.live) {
    return (
      <div className="jp-statek-Phase jp-mod-live" role="group" aria-label={trans.__('being written')} tabIndex={0}>
        <pre>{view.live}</pre>
      </div>
    );
  }
  const last = view.items.at(-1);
  const doing =
    last?.state === 'asking'
      ? trans.__('%1 is writing', view.model ?? trans.__('The model'))
      : last?.state === 'running'
        ? trans.__('The code runs')
        : trans.__('Working');
  const since = elapsed(last?.since ?? last?.at ?? view.started_at, null, now);
  return (
    <>
      <p className="jp-statek-Phase">
        <span className="jp-statek-Dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {doing}
        {since !== null && since >= 1 ? (
          <span className="jp-statek-Phase-time"> · {seconds(Math.floor(since))}</span>
        ) : null}
      </p>
      <Waits view={view} now={now} />
    </>
  );
}

function Gone({ view }: { view: JobView }) {
  if (isQueued(view)) {
    return (
      <p className="jp-statek-Phase">
        {trans.__('Waiting for a worker')}. {whoCan(view)}
      </p>
    );
  }
  const since = clockTime(view.worker?.seen_at ?? null);
  const where = view.worker?.where ? ` (${view.worker.where})` : '';
  return (
    <p className="jp-statek-Phase jp-mod-wait" role="status">
      <StatusShape tone="wait" />{' '}
      {since
        ? trans.__('Interrupted at %1: the process that ran it is gone%2.', since, where)
        : trans.__('Interrupted: the process that ran it is gone.')}{' '}
      {whoCan(view)}
    </p>
  );
}

export function Ending({ view }: { view: JobView }) {
  if (view.status !== 'DONE') {
    return null;
  }
  const { word, tone } = statusWord(view.status, view.outcome);
  const said = view.items.at(-1)?.final && view.items.at(-1)?.text === view.result;
  const lastError = view.items.at(-1)?.error?.message;
  if (view.error && view.error.message !== lastError) {
    return <ErrorBlock error={view.error} />;
  }
  if (view.result === null || said) {
    return tone === 'ok' ? null : (
      <p className={`jp-statek-Phase jp-mod-${tone}`}>
        <StatusShape tone={tone} /> {word}
      </p>
    );
  }
  return (
    <div className={`jp-statek-Result jp-mod-${tone}`}>
      <span className="jp-statek-Result-label">
        <StatusShape tone={tone} /> {trans.__('Result')}
      </span>
      <Prose text={view.result} />
    </div>
  );
}
