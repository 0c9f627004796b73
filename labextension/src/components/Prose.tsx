// Prose of a model or a person: paragraphs, lists, emphasis and code, built from text only.

import { memo } from 'react';
import { type Inline, readProse } from '../prose';
import { trans } from '../translation';
import { Code } from './Code';

export const Prose = memo(function Prose({ text, deep = false }: { text: string; deep?: boolean }) {
  return (
    <div className="jp-statek-Prose">
      {readProse(text).map((block, at) => {
        switch (block.kind) {
          case 'code':
            return (
              <Code
                key={at}
                source={block.text}
                label={trans.__('code in the reply')}
                deep={deep}
                plain={!/^py(thon)?3?$/i.test(block.language)}
              />
            );
          case 'heading':
            return (
              <p key={at} className="jp-statek-Prose-heading">
                <InlineText content={block.content} />
              </p>
            );
          case 'list':
            return block.ordered ? (
              <ol key={at}>{listItems(block.items)}</ol>
            ) : (
              <ul key={at}>{listItems(block.items)}</ul>
            );
          default:
            return (
              <p key={at}>
                <InlineText content={block.content} />
              </p>
            );
        }
      })}
    </div>
  );
});

function listItems(items: Inline[][]) {
  return items.map((content, at) => (
    <li key={at}>
      <InlineText content={content} />
    </li>
  ));
}

function InlineText({ content }: { content: Inline[] }) {
  return (
    <>
      {content.map((piece, at) => {
        switch (piece.kind) {
          case 'code':
            return <code key={at}>{piece.text}</code>;
          case 'strong':
            return <strong key={at}>{piece.text}</strong>;
          case 'emphasis':
            return <em key={at}>{piece.text}</em>;
          default:
            return <span key={at}>{piece.text}</span>;
        }
      })}
    </>
  );
}
