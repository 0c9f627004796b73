// What the job used: tokens, cost with its source, time, and a small bar per turn.

import { memo } from 'react';
import type { ItemView, SubtaskView, UsageView } from '../view';
import { cost, costSource, count, seconds, tokens } from '../wording';

export interface UsagePaneProps {
  usage: UsageView;
  /** Entries at hand; the bars are of the turns among them. */
  items: ItemView[];
  subtasks: SubtaskView[];
}

const MAX_BARS = 40;

export const UsagePane = memo(function UsagePane({ usage, items, subtasks }: UsagePaneProps) {
  if (usage.calls === 0) {
    return <p className="jp-statek-muted jp-statek-empty">No model call yet.</p>;
  }
  const about = usage.estimated ? '≈ ' : '';
  return (
    <div className="jp-statek-Usage">
      <dl className="jp-statek-Figures">
        <Figure
          name="Cost"
          value={cost(usage.cost_usd, usage.unknown_cost_calls)}
          note={usage.cost_usd === null ? costSource('unknown') : costSource(usage.cost_source)}
        />
        <Figure
          name="Tokens in"
          value={about + tokens(usage.input_tokens)}
          note={usage.cached_tokens > 0 ? `${tokens(usage.cached_tokens)} cached` : ''}
        />
        <Figure
          name="Tokens out"
          value={about + tokens(usage.output_tokens)}
          note={usage.reasoning_tokens > 0 ? `${tokens(usage.reasoning_tokens)} reasoning` : ''}
        />
        <Figure name="Model time" value={seconds(usage.model_seconds)} note={count(usage.calls, 'call')} />
      </dl>
      <TurnBars items={items} />
      {usage.by_model.length > 1 ? <ByModel usage={usage} /> : null}
      {subtasks.length > 0 ? <WithSubtasks usage={usage} subtasks={subtasks} /> : null}
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

function TurnBars({ items }: { items: ItemView[] }) {
  const turns = items.filter(item => item.call).slice(-MAX_BARS);
  const most = Math.max(1, ...turns.map(item => (item.call ? item.call.input_tokens + item.call.output_tokens : 0)));
  if (turns.length < 2) {
    return null;
  }
  const share = (value: number) => `${(100 * value) / most}%`;
  return (
    <figure className="jp-statek-Bars">
      <div
        className="jp-statek-Bars-row"
        role="img"
        aria-label={`tokens per turn, turns ${turns[0]?.number} to ${turns.at(-1)?.number}`}
      >
        {turns.map(({ id, number, call }) =>
          call ? (
            <span
              key={id}
              className="jp-statek-Bar"
              title={`turn ${number}: ${tokens(call.input_tokens)} in, ${tokens(call.cached_tokens)} of them cached, ${tokens(call.output_tokens)} out`}
            >
              <i className="jp-mod-out" style={{ height: share(call.output_tokens) }} />
              <i className="jp-mod-in" style={{ height: share(Math.max(0, call.input_tokens - call.cached_tokens)) }} />
              <i className="jp-mod-cached" style={{ height: share(Math.min(call.cached_tokens, call.input_tokens)) }} />
            </span>
          ) : null
        )}
      </div>
      <figcaption className="jp-statek-muted">
        Tokens per turn: <i className="jp-statek-Key jp-mod-out" /> out <i className="jp-statek-Key jp-mod-in" /> in{' '}
        <i className="jp-statek-Key jp-mod-cached" /> cached
      </figcaption>
    </figure>
  );
}

function ByModel({ usage }: { usage: UsageView }) {
  return (
    <table className="jp-statek-Table">
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">In</th>
          <th scope="col">Out</th>
          <th scope="col">Cost</th>
        </tr>
      </thead>
      <tbody>
        {usage.by_model.map(row => (
          <tr key={row.model}>
            <th scope="row">{row.model}</th>
            <td>{tokens(row.input_tokens)}</td>
            <td>{tokens(row.output_tokens)}</td>
            <td>{cost(row.cost_usd, row.cost_usd === null ? 1 : 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function WithSubtasks({ usage, subtasks }: { usage: UsageView; subtasks: SubtaskView[] }) {
  const costs = [usage.cost_usd, ...subtasks.map(task => task.cost_usd)].filter(amount => amount !== null);
  const unknown = subtasks.reduce((sum, task) => sum + task.unknown_cost_calls, usage.unknown_cost_calls);
  const used = subtasks.reduce((sum, task) => sum + task.tokens, usage.input_tokens + usage.output_tokens);
  const total = costs.length > 0 ? String(costs.reduce((sum, amount) => sum + Number(amount), 0)) : null;
  return (
    <p className="jp-statek-muted">
      With {count(subtasks.length, 'subtask')}: {cost(total, unknown)}, {tokens(used)} tokens
    </p>
  );
}
