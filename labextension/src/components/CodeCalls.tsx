// The calls of tools that an entry's code made: folded where all went well, each with what came of it.

import { trans } from '../translation';
import type { CodeCallView, ItemView } from '../view';
import { count, seconds } from '../wording';

export function CodeCalls({ item, deep }: { item: ItemView; deep: boolean }) {
  const calls = item.code_calls ?? [];
  const older = item.more_code_calls ?? 0;
  if (calls.length === 0) {
    return null;
  }
  return (
    <details className="jp-statek-Calls" open={deep || calls.some(call => call.state !== 'returned')}>
      <summary>{count(calls.length + older, '%1 tool call', '%1 tool calls')}</summary>
      {older > 0 ? (
        <p className="jp-statek-Note">{count(older, '%1 older call not shown', '%1 older calls not shown')}</p>
      ) : null}
      {calls.map(call => (
        <p key={call.call} title={call.call} className="jp-statek-Note">
          <code>{`${call.name}(${call.arguments})`}</code> <Outcome call={call} />
          {call.note ? <span className="jp-statek-muted"> {call.note}</span> : null}
        </p>
      ))}
    </details>
  );
}

function Outcome({ call }: { call: CodeCallView }) {
  const time = call.seconds > 0 ? <span className="jp-statek-muted"> {seconds(call.seconds)}</span> : null;
  switch (call.state) {
    case 'returned':
      return (
        <>
          → <code>{call.outcome}</code>
          {time}
        </>
      );
    case 'raised':
      return (
        <>
          <span className="jp-statek-Item-bad">{trans.__('failed: %1', call.outcome)}</span>
          {time}
        </>
      );
    case 'cancelled':
      return <span className="jp-statek-muted">{trans.__('cancelled')}</span>;
    case 'unknown':
      return <span className="jp-statek-Item-bad">{trans.__('outcome unknown')}</span>;
    default:
      return <span className="jp-statek-muted">{trans.__('under way')}</span>;
  }
}
