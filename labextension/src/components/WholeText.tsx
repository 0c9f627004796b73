// The whole of a long output, a stretch at a time, so that no text is too long for the browser.

import { useState } from 'react';
import { trans } from '../translation';
import type { OutputText } from '../view';
import { number } from '../wording';
import { useAnswer } from './useAnswer';

export interface WholeTextProps {
  label: string;
  onRead: (start: number) => Promise<OutputText>;
  onClose: () => void;
}

const STRETCH = 100_000;

export function WholeText({ label, onRead, onClose }: WholeTextProps) {
  const [start, setStart] = useState(0);
  const { answer, problem, waiting } = useAnswer(() => onRead(start), [start]);
  const stretch = waiting ? null : answer;
  if (problem) {
    return <p className="jp-statek-Note">{problem}</p>;
  }
  const total = stretch?.total ?? 0;
  const end = Math.min(total, start + STRETCH);
  return (
    <div className="jp-statek-Whole">
      <div className="jp-statek-Whole-bar">
        <span>
          {stretch
            ? trans.__('characters %1–%2 of %3', number(start + 1), number(end), number(total))
            : trans.__('reading…')}
        </span>
        <button
          type="button"
          className="jp-statek-Fold"
          disabled={start === 0}
          onClick={() => setStart(Math.max(0, start - STRETCH))}
        >
          {trans.__('Earlier')}
        </button>
        <button
          type="button"
          className="jp-statek-Fold"
          disabled={end >= total}
          onClick={() => setStart(start + STRETCH)}
        >
          {trans.__('Later')}
        </button>
        <button type="button" className="jp-statek-Fold" onClick={onClose}>
          {trans.__('Close')}
        </button>
      </div>
      <pre tabIndex={0} aria-label={trans.__('whole %1', label)}>
        {stretch?.text ?? ''}
      </pre>
    </div>
  );
}
