// The exact request of a turn and the reply as it came, read when it is asked for.

import { trans } from '../translation';
import type { ExchangeView } from '../questions';
import { Code } from './Code';
import { useAnswer } from './useAnswer';

export function Exchange({ onRead }: { onRead: () => Promise<ExchangeView> }) {
  const { answer, problem } = useAnswer(onRead, []);
  if (!answer) {
    return <p className="jp-statek-Note">{problem || trans.__('Reading…')}</p>;
  }
  const parts = [
    [trans.__('Request, as it was sent'), answer.request],
    [trans.__('Reply, as it came'), answer.reply]
  ] as const;
  return (
    <div className="jp-statek-Exchange">
      {parts.map(([title, text]) =>
        text ? (
          <section key={title} aria-label={title}>
            <h4>{title}</h4>
            <Code source={text} label={title} plain />
          </section>
        ) : null
      )}
      {answer.note ? <p className="jp-statek-Note">{answer.note}</p> : null}
    </div>
  );
}
