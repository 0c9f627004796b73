// A job's status as a shape, a colour and a word.

import { type StatusWord, type Tone } from '../wording';

const SHAPES: Record<Tone, string> = {
  idle: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11zm0 2a3.5 3.5 0 1 1 0 7a3.5 3.5 0 0 1 0-7z',
  busy: 'M4 2.2v11.6a.6.6 0 0 0 .9.5l9.3-5.8a.6.6 0 0 0 0-1L4.9 1.7a.6.6 0 0 0-.9.5z',
  wait: 'M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z',
  ok: 'M13.6 3.2l1.4 1.4l-8.3 8.6L1.6 8.3l1.4-1.5l3.7 3.5z',
  bad: 'M3.4 2L8 6.6L12.6 2L14 3.4L9.4 8l4.6 4.6l-1.4 1.4L8 9.4L3.4 14L2 12.6L6.6 8L2 3.4z',
  stopped: 'M3 3h10v10H3z'
};

export function StatusShape({ tone }: { tone: Tone }) {
  return (
    <svg
      className="jp-statek-Status-shape"
      viewBox="0 0 16 16"
      width="11"
      height="11"
      aria-hidden="true"
      focusable="false"
    >
      <path d={SHAPES[tone]} fill="currentColor" />
    </svg>
  );
}

export function StatusMark({ status, compact = false }: { status: StatusWord; compact?: boolean }) {
  return (
    <span className={`jp-statek-Status jp-mod-${status.tone}${compact ? ' jp-mod-compact' : ''}`}>
      <StatusShape tone={status.tone} />
      <span>{status.word}</span>
    </span>
  );
}
