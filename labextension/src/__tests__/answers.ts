// Answers to questions, for views without a kernel or server.

import type { Answer, Ask, QuestionName } from '../questions';

type Answers = { [Name in QuestionName]?: Answer<Name> | ((fields: never) => Answer<Name>) };

/** Answers these questions, and refuses the others. */
export function answers(known: Answers): Ask {
  return async (name, fields) => {
    const answer = known[name];
    if (answer === undefined) {
      throw new Error(`no answer to ${name}`);
    }
    return (typeof answer === 'function' ? answer(fields as never) : answer) as Answer<typeof name>;
  };
}
