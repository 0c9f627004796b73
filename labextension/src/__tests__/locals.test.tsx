import { describe, expect, it, vi } from 'vitest';
import { LocalsPane } from '../components/LocalsPane';
import type { Ask, GridPage, ValuePage } from '../questions';
import type { VariableView } from '../view';
import { answers } from './answers';
import { example } from './examples';
import { button, click, eventually, mount } from './mount';

const variable = (name: string, change: Partial<VariableView> = {}): VariableView => ({
  name,
  type: 'dict',
  text: '{…}',
  size: 10,
  durable: true,
  note: '',
  ...change
});
const view = {
  ...example('finished'),
  locals: [variable('config', { entries: 3 }), variable('frame', { type: 'DataFrame', grid: true }), variable('n')]
};
const values: Record<string, ValuePage> = {
  '': { start: 0, total: 120, entries: [{ key: "'a'", type: 'list', text: '[1]', entries: 1 }] },
  '0': { start: 0, total: 1, entries: [{ key: '0', type: 'int', text: '<b>1</b>', entries: null }] }
};
const grid: GridPage = {
  columns: [{ name: 'region', type: 'str' }],
  rows: [{ name: '0', cells: ['North'] }],
  first_row: 0,
  first_column: 0,
  total_rows: 250,
  total_columns: 1
};

function asking(): Ask & { mock: { calls: unknown[][] } } {
  const known = answers({
    value: ({ path }: { path: string }) => ({ value: values[path] as ValuePage }),
    grid: { grid },
    locals: { locals: [variable('config', { change: 'changed' }), variable('old', { change: 'deleted' })] }
  });
  return vi.fn(known) as never;
}

describe('locals', () => {
  it('marks what the newest turn changed and deleted, and shows only that when asked', async () => {
    const element = await mount(<LocalsPane view={view} turn={null} ask={asking()} />);
    const names = () => [...element.querySelectorAll('.jp-statek-Locals-name')].map(name => name.textContent);
    await eventually(() => names().length === 4);
    expect(element.querySelector('tr.jp-mod-deleted')?.textContent).toContain('old');
    click(button(element, '2 changed in turn 4'));
    await eventually(() => names().length === 2);
    expect(names()).toEqual(['config', 'old']);
  });

  it('opens a container step by step, and asks for no more than a page', async () => {
    const ask = asking();
    const element = await mount(<LocalsPane view={view} turn={3} ask={ask} />);
    click(element.querySelector('[aria-label="Look into config"]'));
    const line = await eventually(() => element.querySelector('button.jp-statek-Value-line'));
    expect(element.querySelector('.jp-statek-Pages')?.textContent).toContain('1–1 of 120');
    click(line);
    await eventually(() => element.querySelectorAll('.jp-statek-Value').length === 2);
    await eventually(() => element.textContent?.includes('<b>1</b>'));
    expect(element.querySelector('b')).toBeNull();
    expect(ask.mock.calls).toEqual([
      ['value', { name: 'config', path: '', start: 0, turn: 3 }],
      ['value', { name: 'config', path: '0', start: 0, turn: 3 }]
    ]);
  });

  it('shows a frame as a grid, and pages through it', async () => {
    const ask = asking();
    const element = await mount(<LocalsPane view={view} turn={3} ask={ask} />);
    click(element.querySelector('[aria-label="Look into frame"]'));
    const table = await eventually(() => element.querySelector('.jp-statek-Grid table'));
    expect(table.querySelector('th[scope=col][title]')?.textContent).toContain('region');
    click(element.querySelector('.jp-statek-Pages [aria-label=Later]'));
    await eventually(() => ask.mock.calls.length === 2);
    expect(ask.mock.calls[1]).toEqual(['grid', { name: 'frame', path: '', row: 100, column: 0, turn: 3 }]);
  });

  it('offers to copy into the notebook only where there is one', async () => {
    const onAdopt = vi.fn();
    const element = await mount(<LocalsPane view={view} turn={3} onAdopt={onAdopt} />);
    click(element.querySelector('[aria-label="Copy n into the notebook"]'));
    expect(onAdopt).toHaveBeenCalledWith('n');
    const without = await mount(<LocalsPane view={view} turn={3} />);
    expect(without.querySelector('.jp-statek-Locals-adopt')).toBeNull();
  });
});
