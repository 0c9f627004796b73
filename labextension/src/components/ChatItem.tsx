// One entry of the chat log: who spoke, what was said, the code and what came of it.

import { memo, type ReactNode } from 'react';
import type { ErrorView, ItemView, OutputText } from '../view';
import { clockTime, cost, count, seconds, tokens } from '../wording';
import { Code } from './Code';
import { OutputBlock } from './OutputBlock';
import { Prose } from './Prose';

export type ReadOutput = (item: number, index: number, start: number) => Promise<OutputText>;

export interface ChatItemProps {
  item: ItemView;
  onReadOutput?: ReadOutput | undefined;
  onOpenJob?: ((id: string) => void) | undefined;
}

export const ChatItem = memo(function ChatItem(props: ChatItemProps) {
  const { item } = props;
  return (
    <li className={`jp-statek-Item jp-mod-${item.kind} jp-mod-${item.state}`} data-item={item.id}>
      <ItemBody {...props} />
    </li>
  );
});

function ItemBody(props: ChatItemProps) {
  switch (props.item.kind) {
    case 'user':
      return <Message who="You" {...props} />;
    case 'system':
      return <Message who="Note" {...props} />;
    case 'subtask':
      return <SubtaskNote {...props} />;
    case 'warmup':
      return <Warmup {...props} />;
    default:
      return <Turn {...props} />;
  }
}

function Message({ who, item }: ChatItemProps & { who: string }) {
  return (
    <>
      <span className="jp-statek-Item-who" title={clockTime(item.at)}>
        {who}
      </span>
      <div className="jp-statek-Item-body">
        <Prose text={item.text ?? ''} />
      </div>
    </>
  );
}

function SubtaskNote({ item, onOpenJob }: ChatItemProps) {
  const { job } = item;
  return (
    <>
      <span className="jp-statek-Item-who">Subtask</span>
      <div className="jp-statek-Item-body">
        {item.text}
        {job && onOpenJob ? (
          <button type="button" className="jp-statek-Fold" onClick={() => onOpenJob(job)}>
            Open
          </button>
        ) : null}
      </div>
    </>
  );
}

function Warmup({ item, onReadOutput }: ChatItemProps) {
  const lines = (item.code ?? '').split('\n').length;
  const facts = [
    count(lines, 'line'),
    item.seconds === undefined ? '' : seconds(item.seconds),
    item.hidden ? 'hidden from the model' : ''
  ];
  const unfinished = item.state !== 'ok';
  return (
    <>
      <span className="jp-statek-Item-who" title={clockTime(item.at)}>
        Setup
      </span>
      <div className="jp-statek-Item-body">
        {item.code ? (
          <details open={unfinished}>
            <summary>
              Warmup {(item.number ?? 0) + 1}{' '}
              <span className="jp-statek-muted">{facts.filter(Boolean).join(' · ')}</span>
            </summary>
            <Code source={item.code} label="warmup code" />
          </details>
        ) : null}
        <Effects item={item} onReadOutput={onReadOutput} />
      </div>
    </>
  );
}

function Turn({ item, onReadOutput }: ChatItemProps) {
  return (
    <>
      <span className="jp-statek-Item-who jp-mod-number" title={`turn ${item.number} ${clockTime(item.at)}`}>
        {item.number}
      </span>
      <div className="jp-statek-Item-body">
        {item.attempts?.map(attempt => (
          <p key={attempt.number} className="jp-statek-Note">
            Try {attempt.number} {attempt.outcome === 'lost' ? 'was cut off' : 'failed'}:{' '}
            {attempt.error || 'no answer was kept'}
          </p>
        ))}
        {item.reasoning ? (
          <details>
            <summary>Reasoning</summary>
            <Prose text={item.reasoning} />
          </details>
        ) : null}
        {item.text ? <Prose text={item.text} /> : null}
        {item.code ? <Code source={item.code} label={`code of turn ${item.number}`} /> : null}
        {item.calls?.map((call, at) => (
          <Code key={at} source={call} label="tool call" />
        ))}
        <Effects item={item} onReadOutput={onReadOutput} />
        <TurnFacts item={item} />
      </div>
    </>
  );
}

function TurnFacts({ item }: { item: ItemView }) {
  const { call } = item;
  if (!call) {
    return null;
  }
  const facts = [
    `${tokens(call.input_tokens)} in`,
    `${tokens(call.output_tokens)} out`,
    cost(call.cost_usd, call.cost_usd === null ? 1 : 0),
    `model ${seconds(call.seconds)}`,
    item.seconds ? `code ${seconds(item.seconds)}` : ''
  ];
  return <p className="jp-statek-Item-facts">{facts.filter(Boolean).join(' · ')}</p>;
}

function Effects({ item, onReadOutput }: Pick<ChatItemProps, 'item' | 'onReadOutput'>) {
  const more = item.more_outputs ?? 0;
  return (
    <>
      {more > 0 ? <p className="jp-statek-Note">{count(more, 'older output')} not shown</p> : null}
      {item.outputs?.map((output, at) => (
        <OutputBlock
          key={more + at}
          output={output}
          onReadWhole={onReadOutput ? start => onReadOutput(item.id, more + at, start) : undefined}
        />
      ))}
      {item.tool_results?.map((result, at) => (
        <Labelled key={`tool-${at}`} label={result.name}>
          {result.text ? (
            <pre tabIndex={0} aria-label={`result of ${result.name}`}>
              {result.text}
            </pre>
          ) : null}
          {result.error ? <ErrorBlock error={result.error} /> : null}
        </Labelled>
      ))}
      {item.error ? <ErrorBlock error={item.error} /> : null}
    </>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="jp-statek-Output jp-mod-tool">
      <span className="jp-statek-muted">{label} →</span>
      {children}
    </div>
  );
}

export function ErrorBlock({ error }: { error: ErrorView }) {
  return (
    <div className="jp-statek-Error">
      <p>
        {error.type ? <strong>{error.type}</strong> : null}
        {error.type && error.message ? ': ' : null}
        <span className="jp-statek-Error-message">{error.message}</span>
        {error.line === null ? null : <span className="jp-statek-muted"> line {error.line}</span>}
      </p>
      {error.traceback ? (
        <details>
          <summary>Traceback</summary>
          <pre tabIndex={0} aria-label="traceback">
            {error.traceback}
          </pre>
        </details>
      ) : null}
    </div>
  );
}
