import axe from 'axe-core';
import { describe, expect, it, vi } from 'vitest';
import { JobPanel, type JobPanelProps } from '../components/JobPanel';
import type { Command } from '../questions';
import type { Pane } from '../view';
import { answers } from './answers';
import { EXAMPLES, example } from './examples';
import { button, click, eventually, mount, press, type } from './mount';

const PANES: Pane[] = ['chat', 'locals', 'subtasks', 'usage'];

function props(name: string, change: Partial<JobPanelProps> = {}): JobPanelProps {
  return {
    view: example(name),
    panes: PANES,
    connection: 'live',
    clockOffset: 0,
    loaded: new Map(),
    notice: '',
    need: () => undefined,
    ask: answers({ output: { output: { text: 'all of it', start: 0, total: 9 } } }),
    act: async () => ({}),
    host: {},
    ...change
  };
}

async function tab(element: HTMLElement, name: string): Promise<void> {
  const chosen = await eventually(() =>
    [...element.querySelectorAll('[role=tab]')].find(candidate => candidate.textContent?.startsWith(name))
  );
  click(chosen);
  await eventually(() => chosen.getAttribute('aria-selected') === 'true');
}

describe('the panel of a job', () => {
  it('says status, name, model, turns, cost and time in its first line', async () => {
    const element = await mount(<JobPanel {...props('finished')} />);
    const header = element.querySelector('.jp-statek-Header');
    expect(header?.textContent).toContain('Done');
    for (const fact of ['quarter-report', 'openai/gpt-5-mini', '4 turns', '$0.0014', '21 s']) {
      expect(header?.textContent).toContain(fact);
    }
    expect(button(element, 'Stop')).toBeUndefined();
  });

  it('shows prose, code, a table, a picture, an error and a failed try of the chat log in order', async () => {
    const element = await mount(<JobPanel {...props('finished')} />);
    const turns = [...element.querySelectorAll('.jp-mod-turn')];
    expect(turns).toHaveLength(4);
    expect(turns[0]?.querySelector('.jp-statek-Prose')?.textContent).toContain("I'll look at the columns first.");
    expect(turns[0]?.querySelectorAll('.jp-statek-DataTable tbody tr')).toHaveLength(4);
    expect(turns[1]?.querySelector('.jp-statek-Error')?.textContent).toContain('AttributeError');
    expect(turns[2]?.querySelector('img')?.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
    expect(turns[2]?.textContent).toContain('rate limited');
    expect(turns[3]?.querySelector('strong')?.textContent).toBe('West');
  });

  it('asks the job to stop once, and frees the button when it is done', async () => {
    let finish = () => undefined as void;
    const act = vi.fn((_: Command) => new Promise<object>(resolve => (finish = () => resolve({}))));
    const element = await mount(<JobPanel {...props('running', { act })} />);
    click(button(element, 'Stop'));
    const busy = await eventually(() => button(element, 'Stopping…'));
    expect(busy.getAttribute('aria-disabled')).toBe('true');
    finish();
    await eventually(() => button(element, 'Stop')?.getAttribute('aria-disabled') === 'false');
    expect(act.mock.calls).toEqual([[{ command: 'stop' }]]);
  });

  it('sends a message with Enter, empties the box, and keeps the text when sending fails', async () => {
    const act = vi.fn(async (command: Command) => {
      if (command.command === 'send' && command.text === 'no') {
        throw new Error('refused');
      }
      return {};
    });
    const element = await mount(<JobPanel {...props('waiting', { act })} />);
    const box = await eventually(() => element.querySelector('textarea'));
    expect(box.placeholder).toBe('Answer');
    type(box, 'yes, all');
    await eventually(() => button(element, 'Send')?.disabled === false);
    press(box, 'Enter');
    await eventually(() => box.value === '');
    type(box, 'no');
    await eventually(() => button(element, 'Send')?.disabled === false);
    press(box, 'Enter');
    await eventually(() => act.mock.calls.length === 2);
    expect(act.mock.calls).toEqual([[{ command: 'send', text: 'yes, all' }], [{ command: 'send', text: 'no' }]]);
    await eventually(() => button(element, 'Send')?.disabled === false);
    expect(box.value).toBe('no');
  });

  it('says what a waiting job waits for', async () => {
    const element = await mount(<JobPanel {...props('waiting')} />);
    expect(element.querySelector('.jp-statek-Phase')?.textContent).toContain('Send the report to the whole team?');
    expect(element.querySelector('.jp-statek-hidden[role=status]')?.textContent).toContain('Waiting for');
  });

  it('sorts variables by size and filters them by name', async () => {
    const element = await mount(<JobPanel {...props('running')} />);
    await tab(element, 'Locals');
    const names = () => [...element.querySelectorAll('.jp-statek-Locals-name')].map(name => name.textContent);
    expect(names()[0]).toBe('ax');
    click(button(element, 'Size'));
    await eventually(() => names()[0] === 'by_region');
    expect(element.querySelector('th[aria-sort=descending]')?.textContent).toContain('Size');
    const filter = await eventually(() => element.querySelector<HTMLInputElement>('input[type=search]'));
    type(filter, 'row_1');
    await eventually(() => names().length === 2);
    expect(names()).toEqual(['row_11', 'row_10']);
  });

  it('marks a variable that is not durable, with the reason', async () => {
    const element = await mount(<JobPanel {...props('finished')} />);
    await tab(element, 'Locals');
    const badge = await eventually(() => element.querySelector('.jp-statek-Badge'));
    expect(badge.textContent).toBe('not durable');
    expect(badge.getAttribute('title')).toBe('part of a figure; make it again');
  });

  it('walks the tree of subtasks with the arrow keys', async () => {
    const openJob = vi.fn();
    const element = await mount(<JobPanel {...props('running', { host: { openJob } })} />);
    await tab(element, 'Subtasks');
    const rows = () => [...element.querySelectorAll<HTMLElement>('[role=treeitem]')];
    const focused = () => document.activeElement?.querySelector('.jp-statek-Tree-name')?.textContent;
    await eventually(() => rows().length === 4);
    rows()[0]?.focus();
    press(rows()[0]!, 'ArrowDown');
    await eventually(() => focused() === 'Birch');
    press(document.activeElement!, 'ArrowRight');
    await eventually(() => focused() === 'Birch: delivery times');
    press(document.activeElement!, 'ArrowLeft');
    await eventually(() => focused() === 'Birch');
    press(document.activeElement!, 'ArrowLeft');
    await eventually(() => rows().length === 3);
    press(document.activeElement!, 'Enter');
    expect(openJob).toHaveBeenCalledWith('0G5K2T7QJ8M4Z');
  });

  it('names tokens, cost and its source', async () => {
    const element = await mount(<JobPanel {...props('finished')} />);
    await tab(element, 'Usage');
    const text = (await eventually(() => element.querySelector('.jp-statek-Usage'))).textContent;
    for (const fact of ['$0.0014', 'tokens × list price', '5,756', '3,968 cached', '355', '7.1 s', 'Calls4']) {
      expect(text).toContain(fact);
    }
    expect(element.querySelectorAll('.jp-statek-Bar')).toHaveLength(4);
  });

  it('reads the whole of a cut output when asked', async () => {
    const element = await mount(<JobPanel {...props('running')} />);
    click(await eventually(() => button(element, '269 lines not shown')));
    await eventually(() => element.querySelector('pre[aria-label="whole output"]')?.textContent === 'all of it');
  });

  it('asks for earlier entries that are in sight, and shows their place until they come', async () => {
    const need = vi.fn();
    const view = { ...example('finished'), first_item: 20, total_items: 27 };
    const items = view.items.map(item => ({ ...item, id: item.id + 20 }));
    const element = await mount(<JobPanel {...props('finished', { view: { ...view, items }, need })} />);
    expect(element.querySelectorAll('.jp-mod-missing')).toHaveLength(20);
    await eventually(() => need.mock.calls.length > 0);
    expect(need.mock.calls[0]).toEqual([0, 27]);
  });

  it('offers no action on a saved copy', async () => {
    const none = { act: undefined, ask: undefined, need: undefined };
    const element = await mount(<JobPanel {...props('running', { connection: 'saved', ...none })} />);
    expect(element.textContent).toContain('saved copy');
    expect(element.querySelector('textarea')).toBeNull();
    expect(button(element, 'Stop')).toBeUndefined();
  });

  it.each(EXAMPLES)(
    'passes the accessibility rules with the job %s',
    async name => {
      const element = await mount(<JobPanel {...props(name)} />);
      for (const pane of ['Chat', 'Locals', 'Subtasks', 'Usage']) {
        await tab(element, pane);
        // Colours are measured in a real browser: jsdom computes none.
        const { violations } = await axe.run(element, { rules: { 'color-contrast': { enabled: false } } });
        expect(violations.map(violation => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
      }
    },
    20_000
  );
});
