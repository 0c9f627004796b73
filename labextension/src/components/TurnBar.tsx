// The turns of a job on one line: slide to an earlier one, and all panes show the job as it was then.

import { useEffect, useRef, useState } from 'react';
import { trans } from '../translation';
import { REST } from './useKeptFocus';

export interface TurnBarProps {
  /** The newest turn. */
  last: number;
  /** The turn that is shown; null for now. */
  turn: number | null;
  problem: string;
  onTurn: (turn: number | null) => void;
  /** Makes a job that goes on from the turn that is shown. */
  onFork?: ((text: string) => Promise<unknown>) | undefined;
}

const SLIDING_MILLISECONDS = 100;

export function TurnBar({ last, turn, problem, onTurn, onFork }: TurnBarProps) {
  const [sliding, setSliding] = useState<number | null>(null);
  const [forking, setForking] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const shown = sliding ?? turn ?? last;
  const choose = (to: number) => {
    const next = Math.min(last, Math.max(0, to));
    setSliding(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setSliding(null);
      onTurn(next === last ? null : next);
    }, SLIDING_MILLISECONDS);
  };
  const words = shown === 0 ? trans.__('before turn 1') : trans.__('turn %1 of %2', String(shown), String(last));
  const past = turn !== null;
  return (
    <div className={`jp-statek-Turns${past ? ' jp-mod-past' : ''}`}>
      <div className="jp-statek-Turns-line" data-lm-suppress-shortcuts="true">
        <button
          type="button"
          className="jp-statek-Icon"
          aria-label={trans.__('One turn back')}
          disabled={shown === 0}
          onClick={() => choose(shown - 1)}
        >
          ‹
        </button>
        <input
          type="range"
          min={0}
          max={last}
          value={shown}
          aria-label={trans.__('Turn')}
          aria-valuetext={words}
          {...REST}
          style={{ '--st-share': `${(100 * shown) / Math.max(1, last)}%` } as Record<string, string>}
          onChange={event => choose(Number(event.currentTarget.value))}
        />
        <button
          type="button"
          className="jp-statek-Icon"
          aria-label={trans.__('One turn on')}
          disabled={shown === last}
          onClick={() => choose(shown + 1)}
        >
          ›
        </button>
        <span className="jp-statek-Turns-words">{words}</span>
        {past ? (
          <>
            {onFork ? (
              <button
                type="button"
                className="jp-statek-Button"
                aria-expanded={forking}
                onClick={() => setForking(!forking)}
              >
                {trans.__('Fork from here')}
              </button>
            ) : null}
            <button type="button" className="jp-statek-Button" onClick={() => onTurn(null)}>
              {trans.__('Now')}
            </button>
          </>
        ) : null}
      </div>
      {problem ? (
        <p className="jp-statek-Note" role="alert">
          {problem}
        </p>
      ) : null}
      {past && forking && onFork ? <ForkForm turn={shown} onFork={onFork} onClose={() => setForking(false)} /> : null}
    </div>
  );
}

interface ForkFormProps {
  turn: number;
  onFork: (text: string) => Promise<unknown>;
  onClose: () => void;
}

function ForkForm({ turn, onFork, onClose }: ForkFormProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  const [busy, setBusy] = useState(false);
  const fork = () => {
    setBusy(true);
    onFork(box.current?.value ?? '').then(onClose, () => setBusy(false));
  };
  return (
    <form
      className="jp-statek-Turns-fork"
      onSubmit={event => {
        event.preventDefault();
        fork();
      }}
    >
      <label>
        {trans.__('A new job goes on after turn %1; this one stays as it is. Tell it something:', String(turn))}
        <textarea ref={box} rows={2} placeholder={trans.__('Nothing more')} />
      </label>
      <button type="submit" className="jp-statek-Button jp-mod-primary" disabled={busy}>
        {busy ? trans.__('Forking…') : trans.__('Fork')}
      </button>
    </form>
  );
}
