// What the job's statement waits in, each with the time that is left; questions and unknown calls stand in boxes of their own.

import type { JobView, QuestionView, WaitView } from '../view';
import { timeLeft } from '../wording';

/** The questions that wait for an answer, the one to answer first in front. */
export function questionsOf(view: JobView): QuestionView[] {
  const first = view.question ? [view.question] : [];
  const others = (view.waiting ?? []).flatMap(wait =>
    wait.question === undefined || wait.call === view.question?.id ? [] : [asQuestion(wait, wait.question)]
  );
  return [...first, ...others];
}

function asQuestion(wait: WaitView, text: string): QuestionView {
  return { id: wait.call, kind: 'question', text, options: wait.options ?? [], asked_at: wait.since };
}

/** When nobody's answer is taken any more; null when it waits for ever. */
export function expiryOf(view: JobView, question: QuestionView): string | null {
  return view.waiting?.find(wait => wait.call === question.id)?.expires_at ?? null;
}

export function Waits({ view, now }: { view: JobView; now: number }) {
  const waits = (view.waiting ?? []).filter(wait => wait.question === undefined && wait.kind !== 'unknown');
  if (waits.length === 0) {
    return null;
  }
  return (
    <>
      {waits.map(wait => (
        <p key={wait.call} title={wait.call} className="jp-statek-Phase jp-mod-wait" data-wait={wait.kind}>
          <code>{`${wait.name}(${wait.arguments})`}</code>
          {wait.until === null ? null : <span> {timeLeft(wait.until, now)}</span>}
          {wait.note ? <span className="jp-statek-muted"> {wait.note}</span> : null}
        </p>
      ))}
    </>
  );
}
