// How a job stands, in the words of `statek_jupyter/views/wording.py`: its status, whose turn it is, who can go on with it.

import { trans } from './translation';
import type { ErrorView, ItemView, JobView, QuestionView } from './view';
import { count, statusWord, type StatusWord } from './wording';

export function interrupted(): StatusWord {
  return { word: trans.__('Interrupted'), tone: 'wait' };
}

export function queued(): StatusWord {
  return { word: trans.__('Queued'), tone: 'idle' };
}

/** Whether the question is the request to a model that is a person. */
export function isReply(question: QuestionView): boolean {
  return question.id.startsWith('reply-');
}

/** Whether nobody runs it though it is not at rest. */
export function isLeft(view: JobView): boolean {
  return view.worker?.alive === false && view.status !== 'DONE' && view.status !== 'SUSPENDED';
}

/** Whether it only waits to be taken: it is new, a fork, or was handed back. */
export function isQueued(view: JobView): boolean {
  return isLeft(view) && view.worker?.where === '';
}

export function isYourTurn(view: JobView): boolean {
  return view.status !== 'DONE' && !!view.question && isReply(view.question);
}

/** The word of a viewed job; one that nobody runs is not said to be running. */
export function standingWord(view: JobView): StatusWord {
  if (isLeft(view)) {
    return isQueued(view) ? queued() : interrupted();
  }
  return isYourTurn(view) ? { word: trans.__('Your turn'), tone: 'wait' } : statusWord(view.status, view.outcome);
}

/** Who can go on with a job that nobody runs. */
export function whoCan(view: JobView): string {
  const model = view.model ?? '';
  return /^(scripted|function)\//.test(model)
    ? trans.__(
        'Nobody runs it: it goes on as soon as a worker does in a process that has registered %1.',
        model
      )
    : trans.__('Nobody runs it: it goes on as soon as a worker does.');
}

/** What a person has to know besides: which turn this is, and what its budget does not count. */
export function standingLines(view: JobView & { turn?: number; last_turn?: number }): string[] {
  const { turn, last_turn: last, limits } = view;
  const unknown = view.usage.unknown_cost_calls;
  const requests = count(unknown, '%1 request', '%1 requests');
  return [
    last === undefined ? '' : trans.__('As it was after turn %1 of %2', String(turn), String(last)),
    limits?.cost_usd && unknown > 0
      ? trans.__('Its budget of $%1 does not count %2 of unknown price', limits.cost_usd, requests)
      : ''
  ].filter(Boolean);
}

/** An entry without its last failed try where the error below repeats it: the entry's own, or the one that ended the job. */
export function told(item: ItemView, ending: ErrorView | null): ItemView {
  const last = item.attempts?.at(-1)?.error.replace(/…$/, '');
  const at = last?.indexOf(': ') ?? -1;
  const parts = last && at > 0 ? [last.slice(0, at), last.slice(at + 2)] : [last ?? ''];
  const repeats = (error: ErrorView | null | undefined) =>
    !!last && !!error && parts.every(part => error.message.replace(/\s+/g, ' ').includes(part));
  return repeats(item.error) || repeats(ending) ? { ...item, attempts: item.attempts?.slice(0, -1) ?? [] } : item;
}
