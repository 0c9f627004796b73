// The whole of a long output, a stretch at a time, so that no text is too long for the browser.

import { useEffect, useState } from 'react';
import type { OutputText } from '../view';

export interface WholeTextProps {
  label: string;
  onRead: (start: number) => Promise<OutputText>;
  onClose: () => void;
}

const STRETCH = 100_000;

export function WholeText({ label, onRead, onClose }: WholeTextProps) {
  const [start, setStart] = useState(0);
  const [stretch, setStretch] = useState<OutputText | null>(null);
  const [failure, setFailure] = useState('');
  useEffect(() => {
    let current = true;
    onRead(start).then(
      read => current && setStretch(read),
      (error: unknown) => current && setFailure(error instanceof Error ? error.message : String(error))
    );
    return () => {
      current = false;
    };
    // Reading again because the callback is a new function would ask the kernel at every change of the job.
  }, [start]);
  if (failure) {
    return <p className="jp-statek-Note">{failure}</p>;
  }
  const total = stretch?.total ?? 0;
  const end = Math.min(total, start + STRETCH);
  const number = (value: number) => value.toLocaleString('en-US');
  return (
    <div className="jp-statek-Whole">
      <div className="jp-statek-Whole-bar">
        <span>{stretch ? `characters ${number(start + 1)}–${number(end)} of ${number(total)}` : 'reading…'}</span>
        <button
          type="button"
          className="jp-statek-Fold"
          disabled={start === 0}
          onClick={() => setStart(Math.max(0, start - STRETCH))}
        >
          Earlier
        </button>
        <button
          type="button"
          className="jp-statek-Fold"
          disabled={end >= total}
          onClick={() => setStart(start + STRETCH)}
        >
          Later
        </button>
        <button type="button" className="jp-statek-Fold" onClick={onClose}>
          Close
        </button>
      </div>
      <pre tabIndex={0} aria-label={`whole ${label}`}>
        {stretch?.text ?? ''}
      </pre>
    </div>
  );
}
