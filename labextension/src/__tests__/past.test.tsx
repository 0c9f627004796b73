import { describe, expect, it, vi } from 'vitest';
import { JobPanel } from '../components/JobPanel';
import type { Command, ExchangeView } from '../questions';
import type { PastJobView } from '../view';
import { answers } from './answers';
import { example } from './examples';
import { button, click, eventually, mount, type } from './mount';

const now = example('finished');
const { items } = now;
const position = (turn: number) => items.findIndex(item => item.kind === 'turn' && item.number === turn);

function past(turn: number): PastJobView {
  const stop = position(turn) + 1;
  const [first, second, ...rest] = now.locals;
  const locals = [{ ...first!, change: 'new' as const }, { ...second!, change: 'deleted' as const }, ...rest];
  return {
    ...now,
    items: items.slice(0, stop),
    total_items: stop,
    turns: turn,
    turn,
    last_turn: 4,
    locals,
    result: null
  };
}

const exchange: ExchangeView = { request: '{"messages": []}', reply: '<b>raw</b>', note: 'the key was left out' };

function panel(act = vi.fn(async (_: Command) => ({ job: '0000000000009' })), openJob = vi.fn()) {
  const ask = answers({
    turn: ({ turn }: { turn: number }) => {
      if (turn === 0) {
        throw new Error('there is no turn 0');
      }
      return { view: past(turn) };
    },
    exchange: { exchange }
  });
  return (
    <JobPanel
      view={now}
      panes={['chat', 'locals']}
      connection="live"
      clockOffset={0}
      loaded={new Map()}
      notice=""
      need={() => undefined}
      ask={ask}
      act={act}
      host={{ openJob }}
    />
  );
}

function slide(element: HTMLElement, turn: number): void {
  const slider = element.querySelector<HTMLInputElement>('input[type=range]');
  type(slider!, String(turn));
}

describe('an earlier turn', () => {
  it('is shown in chat log and locals together, and left again', async () => {
    const element = await mount(panel());
    slide(element, 2);
    await eventually(() => element.querySelectorAll('.jp-mod-turn').length === 2);
    expect(element.querySelector('[type=range]')?.getAttribute('aria-valuetext')).toBe('turn 2 of 4');
    expect(element.querySelector('.jp-statek-Composer')).toBeNull();
    click([...element.querySelectorAll('[role=tab]')].find(tab => tab.textContent?.startsWith('Locals')));
    const marks = await eventually(() => element.querySelectorAll('.jp-statek-Mark').length === 2);
    expect(marks).toBe(true);
    expect(element.querySelector('tr.jp-mod-deleted')?.textContent).toContain('deleted');
    click(button(element, 'Now'));
    await eventually(() => element.querySelectorAll('.jp-statek-Mark').length === 0);
  });

  it('can be forked with a message, and the new job is opened', async () => {
    const act = vi.fn(async (_: Command) => ({ job: '0000000000009' }));
    const openJob = vi.fn();
    const element = await mount(panel(act, openJob));
    slide(element, 1);
    click(await eventually(() => button(element, 'Fork from here')));
    const box = await eventually(() => element.querySelector<HTMLTextAreaElement>('.jp-statek-Turns-fork textarea'));
    type(box, 'Try the median');
    box.form?.requestSubmit();
    await eventually(() => openJob.mock.calls.length === 1);
    expect(act).toHaveBeenCalledWith({ command: 'fork', turn: 1, text: 'Try the median' });
    expect(openJob).toHaveBeenCalledWith('0000000000009');
  });

  it('says why it cannot be shown, and shows the job as it is now', async () => {
    const element = await mount(panel());
    slide(element, 0);
    const said = await eventually(() => element.querySelector('.jp-statek-Turns [role=alert]'));
    expect(said.textContent).toContain('no turn 0');
    expect(element.querySelectorAll('.jp-mod-turn')).toHaveLength(4);
  });
});

describe('a turn', () => {
  it('shows the exact request and the raw reply when asked, as text', async () => {
    const element = await mount(panel());
    click(button(element.querySelector('.jp-mod-turn')!, 'Exact request'));
    const shown = await eventually(() => element.querySelector('.jp-statek-Exchange'));
    expect(shown.textContent).toContain('{"messages": []}');
    expect(shown.textContent).toContain('<b>raw</b>');
    expect(shown.textContent).toContain('the key was left out');
    expect(shown.querySelector('b')).toBeNull();
  });

  it('folds into one line and opens again', async () => {
    const element = await mount(panel());
    const turn = () => element.querySelectorAll('.jp-mod-turn')[1];
    click(turn()?.querySelector('.jp-statek-Item-who'));
    await eventually(() => turn()?.classList.contains('jp-mod-folded'));
    expect(turn()?.querySelector('.jp-statek-Item-bad')?.textContent).toBe('AttributeError');
    expect(turn()?.querySelector('.jp-statek-Code')).toBeNull();
    click(turn()?.querySelector('.jp-statek-Item-line'));
    await eventually(() => turn()?.querySelector('.jp-statek-Code'));
  });
});
