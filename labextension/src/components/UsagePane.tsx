// What the job used: cost with its source, tokens, how full its context and its budget are, time, and all of it per turn.

import { memo } from 'react';
import type { Ask, TurnRow } from '../questions';
import { trans } from '../translation';
import type { ItemView, JobView, LimitsView, UsageView } from '../view';
import { cost, costFigure, costSource, count, number, seconds, tokens } from '../wording';
import { Meter, Shares } from './Meter';
import { TurnChart } from './TurnChart';
import { useAnswer } from './useAnswer';

export interface UsagePaneProps {
  view: JobView;
  ask?: Ask | undefined;
  onTurn?: ((turn: number) => void) | undefined;
}

const MOST_TURNS = 5_000;

export const UsagePane = memo(function UsagePane({ view, ask, onTurn }: UsagePaneProps) {
  const { usage } = view;
  const turns = useTurns(view, ask);
  if (usage.calls === 0) {
    return <p className="jp-statek-muted jp-statek-empty">{trans.__('No model call yet.')}</p>;
  }
  const about = usage.estimated ? '≈ ' : '';
  return (
    <div className="jp-statek-Usage">
      <dl className="jp-statek-Figures">
        <Figure
          name={trans.__('Cost')}
          value={cost(usage.cost_usd, usage.unknown_cost_calls)}
          note={usage.cost_usd === null ? costSource('unknown') : costSource(usage.cost_source)}
        />
        <Figure
          name={trans.__('Tokens in')}
          value={about + tokens(usage.input_tokens)}
          note={usage.cached_tokens > 0 ? trans.__('%1 cached', tokens(usage.cached_tokens)) : ''}
        />
        <Figure
          name={trans.__('Tokens out')}
          value={about + tokens(usage.output_tokens)}
          note={usage.reasoning_tokens > 0 ? trans.__('%1 reasoning', tokens(usage.reasoning_tokens)) : ''}
        />
        <Figure
          name={trans.__('Calls')}
          value={number(usage.calls)}
          note={usage.retries ? count(usage.retries, '%1 retry', '%1 retries') : ''}
        />
      </dl>
      <Context usage={usage} />
      {view.limits ? <Budget limits={view.limits} /> : null}
      <Time usage={usage} turns={turns} />
      <TurnChart turns={turns} onTurn={onTurn} />
      {usage.by_model.length > 1 ? <ByModel usage={usage} /> : null}
      <WithSubtasks usage={usage} below={view.subtasks.length + view.more_subtasks} />
    </div>
  );
});

function Figure({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span className="jp-statek-Figures-value">{value}</span>
        {note ? <span className="jp-statek-muted">{note}</span> : null}
      </dd>
    </div>
  );
}

function Context({ usage }: { usage: UsageView }) {
  const { context_tokens: used, context_limit: limit } = usage;
  if (!used) {
    return null;
  }
  const words = limit ? trans.__('%1 of %2 tokens', tokens(used), tokens(limit)) : trans.__('%1 tokens', tokens(used));
  return <Meter name={trans.__('Context')} words={words} share={limit ? used / limit : null} />;
}

/** How much of each limit the job has is used. */
function Budget({ limits }: { limits: LimitsView }) {
  const budget = limits.cost_usd === null ? null : Number(limits.cost_usd);
  const rows: [string, number | null, number, (value: number) => string][] = [
    [trans.__('Budget'), budget, Number(limits.spent_usd ?? 0), money],
    [trans.__('Turns'), limits.turns, limits.turns_used, number]
  ];
  return (
    <>
      {rows.map(([name, limit, used, words]) =>
        limit === null ? null : (
          <Meter
            key={name}
            name={name}
            words={trans.__('%1 of %2', words(used), words(limit))}
            share={limit > 0 ? used / limit : 1}
          />
        )
      )}
    </>
  );
}

function Price({ amount }: { amount: string | null }) {
  const { text, title } = costFigure(amount, amount === null ? 1 : 0);
  return <td title={title}>{text}</td>;
}

const money = (value: number) => cost(String(value));

function Time({ usage, turns }: { usage: UsageView; turns: TurnRow[] }) {
  const code = usage.code_seconds ?? turns.reduce((sum, row) => sum + row.code_seconds, 0);
  if (usage.model_seconds + code <= 0) {
    return null;
  }
  return (
    <Shares
      name={trans.__('Time')}
      parts={[
        { name: trans.__('model'), value: usage.model_seconds, words: seconds(usage.model_seconds), look: 'in' },
        { name: trans.__('code'), value: code, words: seconds(code), look: 'code' }
      ]}
    />
  );
}

/** All turns where they can be asked for, else those of the entries at hand. */
function useTurns(view: JobView, ask: Ask | undefined): TurnRow[] {
  const last = view.turns;
  const question =
    ask && last > 0
      ? () => ask('turns', { start: Math.max(0, last - MOST_TURNS), stop: last }).then(({ turns }) => turns)
      : undefined;
  const { answer } = useAnswer(question, [question !== undefined, last, view.usage.calls, view.id]);
  return answer ?? view.items.flatMap(rowOf);
}

function rowOf(item: ItemView): TurnRow[] {
  const { call } = item;
  if (!call || item.number === undefined) {
    return [];
  }
  return [
    {
      ...call,
      turn: item.number,
      item: item.id,
      at: item.at,
      reasoning_tokens: 0,
      model_seconds: call.seconds,
      code_seconds: item.seconds ?? 0,
      state: item.state
    }
  ];
}

function ByModel({ usage }: { usage: UsageView }) {
  return (
    <table className="jp-statek-Table">
      <thead>
        <tr>
          <th scope="col">{trans.__('Model')}</th>
          <th scope="col">{trans.__('In')}</th>
          <th scope="col">{trans.__('Out')}</th>
          <th scope="col">{trans.__('Cost')}</th>
        </tr>
      </thead>
      <tbody>
        {usage.by_model.map(row => (
          <tr key={row.model}>
            <th scope="row">{row.model}</th>
            <td>{tokens(row.input_tokens)}</td>
            <td>{tokens(row.output_tokens)}</td>
            <Price amount={row.cost_usd} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function WithSubtasks({ usage, below }: { usage: UsageView; below: number }) {
  const { subtree_tokens: used, subtree_cost_usd: amount = null, subtree_unknown_cost_calls: unknown = 0 } = usage;
  if (used === undefined) {
    return null;
  }
  const subtasks = count(below, '%1 subtask', '%1 subtasks');
  return (
    <p className="jp-statek-muted">
      {trans.__('With %1: %2, %3 tokens', subtasks, cost(amount, unknown), tokens(used))}
    </p>
  );
}
