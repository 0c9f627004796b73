// What came of an entry's code: its outputs, its tools' results, its error.

import { trans } from '../translation';
import type { ItemView } from '../view';
import { count } from '../wording';
import type { ItemActions } from './ChatItem';
import { CodeCalls } from './CodeCalls';
import { ErrorBlock } from './ErrorBlock';
import { OutputBlock } from './OutputBlock';

export interface EffectsProps {
  item: ItemView;
  onReadOutput: ItemActions['readOutput'];
  deep: boolean;
}

export function Effects({ item, onReadOutput, deep }: EffectsProps) {
  const more = item.more_outputs ?? 0;
  return (
    <>
      <CodeCalls item={item} deep={deep} />
      {more > 0 ? (
        <p className="jp-statek-Note">{count(more, '%1 older output not shown', '%1 older outputs not shown')}</p>
      ) : null}
      {item.outputs?.map((output, at) => (
        <OutputBlock
          key={more + at}
          output={output}
          onReadWhole={onReadOutput ? start => onReadOutput(item.id, more + at, start) : undefined}
        />
      ))}
      {item.tool_results?.map((result, at) => (
        <div key={`tool-${at}`} className="jp-statek-Output jp-mod-tool">
          <span className="jp-statek-muted">{result.name} →</span>
          {result.text ? (
            <pre tabIndex={0} aria-label={trans.__('result of %1', result.name)}>
              {result.text}
            </pre>
          ) : null}
          {result.error ? <ErrorBlock error={result.error} deep={deep} /> : null}
        </div>
      ))}
      {item.error ? <ErrorBlock error={item.error} deep={deep} /> : null}
    </>
  );
}
