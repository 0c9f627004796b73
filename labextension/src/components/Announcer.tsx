// Tells a screen reader what happened to the job, in a few words, and only when it changes.

import { trans } from '../translation';
import type { JobView } from '../view';
import { statusWord } from '../wording';

export function Announcer({ view }: { view: JobView }) {
  return (
    <div className="jp-statek-hidden" role="status" aria-live="polite">
      {wordsOf(view)}
    </div>
  );
}

function wordsOf(view: JobView): string {
  const { word } = statusWord(view.status, view.outcome);
  const failed = view.items.at(-1)?.error;
  const turn = String(view.turns);
  if (view.question) {
    return trans.__('The job asks: %1', view.question.text);
  }
  if (view.status === 'SUSPENDED') {
    return trans.__('Waiting for %1', view.awaiting ?? trans.__('a message'));
  }
  if (view.status === 'DONE' || view.turns === 0) {
    return word;
  }
  return failed ? trans.__('Turn %1 failed: %2', turn, failed.type) : trans.__('Turn %1', turn);
}
