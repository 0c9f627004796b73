// What the job asks a person, answered in place: a choice, a free text, a yes or no.

import { useState } from 'react';
import type { Act } from '../questions';
import { trans } from '../translation';
import type { QuestionView, UnknownCallView } from '../view';
import { clockTime, timeLeft } from '../wording';
import { ActionButton } from './Header';
import { Prose } from './Prose';
import { StatusShape } from './StatusMark';

export interface QuestionBoxProps {
  question: QuestionView;
  act: Act | undefined;
  /** The job's clock. */
  now: number;
  /** When no answer is taken any more; null for never. */
  expiresAt: string | null;
}

export function QuestionBox({ question, act, now, expiresAt }: QuestionBoxProps) {
  const [text, setText] = useState('');
  const { id, kind, options } = question;
  const answer = (words: string, option?: number) =>
    act?.({ command: 'answer', question: id, text: words, ...(option === undefined ? {} : { option }) }) ??
    Promise.resolve();
  const choices = options.length > 0 ? options : kind === 'approval' ? [trans.__('Approve'), trans.__('Reject')] : [];
  const left = expiresAt === null ? '' : timeLeft(expiresAt, now);
  const when = [clockTime(question.asked_at), left].filter(Boolean).join(' · ');
  return (
    <section className="jp-statek-Question" aria-label={trans.__('question')}>
      <p className="jp-statek-Question-label">
        <StatusShape tone="wait" />{' '}
        {kind === 'approval' ? trans.__('The job asks for your approval') : trans.__('The job asks you')}
        {when ? <span className="jp-statek-muted"> · {when}</span> : null}
      </p>
      <Prose text={question.text} />
      {act ? (
        <div className="jp-statek-Question-answers">
          {choices.map((choice, at) => (
            <ActionButton
              key={at}
              label={choice}
              busyLabel={trans.__('Sending…')}
              primary={at === 0}
              action={() => answer(choice, at)}
            />
          ))}
          {choices.length === 0 ? (
            <form
              onSubmit={event => {
                event.preventDefault();
                if (text.trim()) {
                  void answer(text).then(
                    () => setText(''),
                    () => undefined
                  );
                }
              }}
            >
              <input
                type="text"
                aria-label={trans.__('Your answer')}
                placeholder={trans.__('Your answer')}
                value={text}
                onChange={event => setText(event.currentTarget.value)}
                data-lm-suppress-shortcuts="true"
              />
              <button type="submit" className="jp-statek-Button jp-mod-primary" disabled={!text.trim()}>
                {trans.__('Answer')}
              </button>
            </form>
          ) : null}
        </div>
      ) : null}
    </section>
  );
}

/** A call that may or may not have been done when the process ended: only a person can find out. */
export function UnknownCall({ call, act }: { call: UnknownCallView; act: Act | undefined }) {
  const resolve = (outcome: 'done' | 'again' | 'failed') => () =>
    act?.({ command: 'resolve', call: call.id, outcome, text: '' }) ?? Promise.resolve();
  const busy = trans.__('Sending…');
  return (
    <section className="jp-statek-Question" aria-label={trans.__('unknown call')}>
      <p className="jp-statek-Question-label">
        <StatusShape tone="wait" /> {trans.__('Was this call done before the process ended? Nobody knows.')}
      </p>
      <pre>{call.text}</pre>
      {act ? (
        <div className="jp-statek-Question-answers">
          <ActionButton label={trans.__('It was done')} busyLabel={busy} action={resolve('done')} />
          <ActionButton label={trans.__('Do it again')} busyLabel={busy} action={resolve('again')} />
          <ActionButton label={trans.__('Let it fail')} busyLabel={busy} action={resolve('failed')} />
        </div>
      ) : null}
    </section>
  );
}
