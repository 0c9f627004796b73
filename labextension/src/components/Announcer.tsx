// Tells a screen reader what happened to the job, in a few words, and only when it changes.

import type { JobView } from '../view';
import { statusWord } from '../wording';

export function Announcer({ view }: { view: JobView }) {
  const { word } = statusWord(view.status, view.outcome);
  const failed = view.items.at(-1)?.error;
  const said =
    view.status === 'SUSPENDED'
      ? `Waiting for ${view.awaiting ?? 'a message'}`
      : view.status === 'DONE'
        ? word
        : failed
          ? `Turn ${view.turns} failed: ${failed.type}`
          : view.turns > 0
            ? `Turn ${view.turns}`
            : word;
  return (
    <div className="jp-statek-hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}
