// The last line of a turn: what it used, and what can be done with it.

import { useState } from 'react';
import { trans } from '../translation';
import type { ItemView } from '../view';
import { cost, seconds, tokens } from '../wording';
import type { ItemActions } from './ChatItem';
import { Exchange } from './Exchange';

export function TurnFoot({ item, actions }: { item: ItemView; actions: ItemActions }) {
  const [shown, setShown] = useState(false);
  const { call, number } = item;
  const { readExchange, showTurn } = actions;
  if (!call && item.state === 'asking') {
    return null;
  }
  const facts = call
    ? [
        trans.__('%1 in', tokens(call.input_tokens)),
        trans.__('%1 out', tokens(call.output_tokens)),
        cost(call.cost_usd, call.cost_usd === null ? 1 : 0),
        trans.__('model %1', seconds(call.seconds)),
        item.seconds ? trans.__('code %1', seconds(item.seconds)) : ''
      ]
    : [];
  return (
    <>
      <div className="jp-statek-Foot">
        <span className="jp-statek-Item-facts">{facts.filter(Boolean).join(' · ')}</span>
        <span className="jp-statek-Foot-actions">
          {readExchange ? (
            <button type="button" className="jp-statek-Fold" aria-expanded={shown} onClick={() => setShown(!shown)}>
              {shown ? trans.__('Hide request') : trans.__('Exact request')}
            </button>
          ) : null}
          {showTurn && number !== undefined && item.state !== 'running' ? (
            <button type="button" className="jp-statek-Fold" onClick={() => showTurn(number)}>
              {trans.__('Back to here')}
            </button>
          ) : null}
        </span>
      </div>
      {shown && readExchange ? <Exchange onRead={() => readExchange(item.id)} /> : null}
    </>
  );
}
