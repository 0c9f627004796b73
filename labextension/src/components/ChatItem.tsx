// One entry of the chat log: who spoke, what was said, the code and what came of it; or all of that in one line.

import { memo, type ReactNode } from 'react';
import { trans } from '../translation';
import type { ExchangeView } from '../questions';
import type { ItemView, OutputText } from '../view';
import { clockTime, count, cost, seconds, tokens } from '../wording';
import { summaryOf } from '../summary';
import { Code } from './Code';
import { Effects } from './Effects';
import { Prose } from './Prose';
import { TurnFoot } from './TurnFoot';

/** What can be done with an entry; absent where it cannot. */
export interface ItemActions {
  readOutput?: ((item: number, index: number, start: number) => Promise<OutputText>) | undefined;
  readExchange?: ((item: number) => Promise<ExchangeView>) | undefined;
  /** Look at the job as it was after this turn. */
  showTurn?: ((turn: number) => void) | undefined;
  openJob?: ((id: string) => void) | undefined;
  insertCell?: ((code: string) => void) | undefined;
}

export interface ItemPlace {
  row: number;
  /** Pixels of the rows above that are not drawn. */
  above: number;
  /** Position in the whole log, and how many entries it has. */
  id: number;
  rows: number;
}

export interface ChatItemProps extends ItemPlace {
  item: ItemView;
  open: boolean;
  /** Show everything that is usually folded. */
  deep: boolean;
  /** It has the chosen hit of a search. */
  hit: boolean;
  actions: ItemActions;
  onToggle: (id: number, open: boolean) => void;
}

export const ChatItem = memo(function ChatItem(props: ChatItemProps) {
  const { item, open, hit } = props;
  const looks = `jp-statek-Item jp-mod-${item.kind} jp-mod-${item.state}${open ? '' : ' jp-mod-folded'}${hit ? ' jp-mod-hit' : ''}`;
  return (
    <Row {...props} className={looks}>
      <Who {...props} />
      {open ? (
        <div className="jp-statek-Item-body">
          <Body {...props} />
        </div>
      ) : (
        <Folded {...props} />
      )}
    </Row>
  );
});

export function MissingItem(place: ItemPlace) {
  return (
    <Row {...place} className="jp-statek-Item jp-mod-missing">
      <span className="jp-statek-Item-who">…</span>
    </Row>
  );
}

function Row({ row, above, id, rows, className, children }: ItemPlace & { className: string; children: ReactNode }) {
  return (
    <div
      className={className}
      role="listitem"
      aria-posinset={id + 1}
      aria-setsize={rows}
      data-row={row}
      data-item={id}
      tabIndex={-1}
      style={above ? { marginTop: above } : undefined}
    >
      {children}
    </div>
  );
}

function Who({ item, open, onToggle }: Pick<ChatItemProps, 'item' | 'open' | 'onToggle'>) {
  const names = {
    user: trans.__('You'),
    system: trans.__('Note'),
    warmup: trans.__('Setup'),
    subtask: trans.__('Subtask')
  };
  const turn = item.kind === 'turn';
  const name = item.kind === 'turn' ? String(item.number) : names[item.kind];
  const title = turn ? trans.__('turn %1, %2', name, clockTime(item.at)) : clockTime(item.at);
  return (
    <button
      type="button"
      className={`jp-statek-Item-who${turn ? ' jp-mod-number' : ''}`}
      title={title}
      aria-label={turn ? trans.__('turn %1', name) : name}
      aria-expanded={open}
      onClick={() => onToggle(item.id, !open)}
    >
      {name}
    </button>
  );
}

function Folded({ item, onToggle }: ChatItemProps) {
  const { text, bad } = summaryOf(item);
  const { call } = item;
  const facts = call
    ? [tokens(call.input_tokens + call.output_tokens), cost(call.cost_usd, call.cost_usd === null ? 1 : 0)]
    : [];
  return (
    <div className="jp-statek-Item-line" onClick={() => onToggle(item.id, true)}>
      <span className={item.code && !item.text ? 'jp-statek-Item-code' : undefined}>{text}</span>
      {bad ? <span className="jp-statek-Item-bad">{bad}</span> : null}
      <span className="jp-statek-Item-facts">{facts.join(' · ')}</span>
    </div>
  );
}

function Body(props: ChatItemProps) {
  const { item, actions, deep } = props;
  switch (item.kind) {
    case 'user':
    case 'system':
      return <Prose text={item.text ?? ''} deep={deep} />;
    case 'subtask':
      return <SubtaskNote item={item} openJob={actions.openJob} />;
    case 'warmup':
      return <Warmup {...props} />;
    default:
      return <Turn {...props} />;
  }
}

function SubtaskNote({ item, openJob }: { item: ItemView; openJob: ItemActions['openJob'] }) {
  const { job } = item;
  return (
    <>
      {item.text}
      {job && openJob ? (
        <button type="button" className="jp-statek-Fold" onClick={() => openJob(job)}>
          {trans.__('Open')}
        </button>
      ) : null}
    </>
  );
}

function Warmup({ item, actions, deep }: ChatItemProps) {
  const lines = (item.code ?? '').split('\n').length;
  const facts = [
    count(lines, '%1 line', '%1 lines'),
    item.seconds === undefined ? '' : seconds(item.seconds),
    item.hidden ? trans.__('hidden from the model') : ''
  ];
  return (
    <>
      {item.code ? (
        <details open={deep || item.state !== 'ok'}>
          <summary>
            {trans.__('Warmup %1', String((item.number ?? 0) + 1))}{' '}
            <span className="jp-statek-muted">{facts.filter(Boolean).join(' · ')}</span>
          </summary>
          <Code source={item.code} label={trans.__('warmup code')} onInsert={actions.insertCell} deep={deep} />
        </details>
      ) : null}
      <Effects item={item} onReadOutput={actions.readOutput} deep={deep} />
    </>
  );
}

function Turn({ item, actions, deep }: ChatItemProps) {
  return (
    <>
      {item.attempts?.map(attempt => (
        <p key={attempt.number} className="jp-statek-Note">
          {attempt.outcome === 'lost'
            ? trans.__(
                'Try %1 was cut off: %2',
                String(attempt.number),
                attempt.error || trans.__('no answer was kept')
              )
            : trans.__('Try %1 failed: %2', String(attempt.number), attempt.error || trans.__('no answer was kept'))}
        </p>
      ))}
      {item.reasoning ? (
        <details open={deep}>
          <summary>{trans.__('Reasoning')}</summary>
          <Prose text={item.reasoning} deep={deep} />
        </details>
      ) : null}
      {item.text ? <Prose text={item.text} deep={deep} /> : null}
      {item.code ? (
        <Code
          source={item.code}
          label={trans.__('code of turn %1', String(item.number))}
          onInsert={actions.insertCell}
          deep={deep}
        />
      ) : null}
      {item.calls?.map((call, at) => (
        <Code key={at} source={call} label={trans.__('tool call')} deep={deep} />
      ))}
      <Effects item={item} onReadOutput={actions.readOutput} deep={deep} />
      <TurnFoot item={item} actions={actions} />
    </>
  );
}
