import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTable } from '../html_table';
import { readInline, readProse } from '../prose';
import { pythonTokens } from '../python_tokens';
import { readTree } from '../subtask_tree';
import type { SubtaskView } from '../view';
import * as wording from '../wording';
import { example, readExample } from './examples';

describe('Python source', () => {
  it('loses no character when it is split, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), source => {
        expect(
          pythonTokens(source)
            .map(token => token.text)
            .join('')
        ).toBe(source);
      })
    );
  });

  it('is coloured by what it means', () => {
    const kinds = (source: string) =>
      pythonTokens(source)
        .filter(token => token.kind !== 'plain')
        .map(token => [token.kind, token.text]);
    expect(kinds('def total(x):  # sum\n    return sum(x) + 1.5e3')).toEqual([
      ['keyword', 'def'],
      ['definition', 'total'],
      ['comment', '# sum'],
      ['keyword', 'return'],
      ['name', 'sum'],
      ['number', '1.5e3']
    ]);
    expect(kinds('x = """a\n# b""" + rf\'c\' + frame.sum()')).toEqual([
      ['string', '"""a\n# b"""'],
      ['string', "rf'c'"]
    ]);
  });

  it.each([['1'.repeat(60_000) + 'x'], ['"'.repeat(60_000)], ["'''".repeat(20_000)], ['\\'.repeat(60_000)]])(
    'is split in time that grows with its length (%#)',
    source => {
      const start = performance.now();
      pythonTokens(source);
      expect(performance.now() - start).toBeLessThan(1000);
    }
  );
});

describe('prose', () => {
  it('knows paragraphs, headings, lists, emphasis and code, and nothing else', () => {
    const blocks = readProse(
      '# Title\nSome **bold** and `code`\n\n- one\n- *two*\n1. three\n```python\nx = 1\n```\n<b>no</b> [a](http://b)'
    );
    expect(blocks.map(block => block.kind)).toEqual(['heading', 'paragraph', 'list', 'list', 'code', 'paragraph']);
    expect(readInline('a **b** `c` *d* e')).toEqual([
      { kind: 'text', text: 'a ' },
      { kind: 'strong', text: 'b' },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: 'c' },
      { kind: 'text', text: ' ' },
      { kind: 'emphasis', text: 'd' },
      { kind: 'text', text: ' e' }
    ]);
    expect(readInline('2 * 3 * 4 and snake_case_name')).toEqual([
      { kind: 'text', text: '2 * 3 * 4 and snake_case_name' }
    ]);
  });

  it.each([
    ['`'.repeat(3000)],
    ['**a'.repeat(1000)],
    ['*'.repeat(3000)],
    ['- '.repeat(50_000)],
    ['``` '.repeat(20_000)]
  ])('is read in time that grows with its length (%#)', source => {
    const start = performance.now();
    readProse(source);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('an HTML table that came as data', () => {
  it('gives its cells and its note', () => {
    const table = readTable(example('finished').items[3]?.outputs?.[0]?.html ?? '');
    expect(table?.head[0]?.map(cell => cell.text)).toEqual(['', 'region', 'sales', 'share']);
    expect(table?.body.map(row => row[1]?.text)).toEqual(['North', 'South', 'East', 'West']);
    expect(table?.note).toBe('4 rows × 3 columns');
  });

  it('is not taken when the HTML is more than a table', () => {
    expect(readTable('<p>text</p>')).toBeNull();
    expect(readTable('<table><tr><td>a</td></tr></table><img src=x>')).toBeNull();
    expect(readTable('<table></table><table></table>')).toBeNull();
  });
});

describe('the tree of subtasks', () => {
  it('places every subtask once, whatever its parents are', () => {
    const ids = ['a', 'b', 'c', 'd', 'root'];
    const link = fc.record({ id: fc.constantFrom(...ids.slice(0, 4)), parent: fc.constantFrom(...ids) });
    fc.assert(
      fc.property(fc.uniqueArray(link, { selector: task => task.id }), tasks => {
        const rows = readTree('root', tasks as SubtaskView[]);
        expect(rows.map(row => row.task.id).sort()).toEqual(tasks.map(task => task.id).sort());
      })
    );
  });
});

describe('words', () => {
  it('are the same as in Python', () => {
    const cases = readExample<Record<string, [unknown[], string][]>>('wording');
    const functions: Record<string, (...args: never[]) => string> = wording as never;
    for (const [name, examples] of Object.entries(cases)) {
      for (const [args, expected] of examples) {
        const call = functions[name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
        // Translations need whole phrases, so the browser's side is given the phrase and not the noun alone.
        const given = name === 'count' ? phrases(args as [number, string, string?]) : args;
        expect([name, args, call?.(...(given as never[]))]).toEqual([name, args, expected]);
      }
    }
  });
});

function phrases([amount, one, many = `${one}s`]: [number, string, string?]): [number, string, string] {
  return [amount, `%1 ${one}`, `%1 ${many}`];
}
