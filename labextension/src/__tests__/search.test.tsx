import { describe, expect, it } from 'vitest';
import { JobPanel, type JobPanelProps } from '../components/JobPanel';
import type { Ask, HitsPage } from '../questions';
import { example } from './examples';
import { click, eventually, mount, type } from './mount';

const hit = (item: number) => ({ item, where: 'code', before: '', match: 'x', after: '' });

/** A log of four stretches, each with a hit; answers are held back until they are let go. */
function slowLog() {
  const asked: number[] = [];
  const waiting: (() => void)[] = [];
  const ask = ((name: string, { start }: { start: number }) => {
    if (name !== 'search') {
      return new Promise(() => undefined);
    }
    asked.push(start);
    const page: HitsPage = { hits: [hit(start)], next: start < 3 ? start + 1 : null, entries: 4 };
    return new Promise(resolve => waiting.push(() => resolve(page)));
  }) as unknown as Ask;
  return { ask, asked, answer: () => waiting.shift()?.() };
}

describe('a search of a long log', () => {
  it('shows what is found while it goes on, and drops what was for another text', async () => {
    const log = slowLog();
    const view = example('finished');
    const props: JobPanelProps = {
      view,
      panes: ['chat'],
      connection: 'live',
      clockOffset: 0,
      loaded: new Map(),
      notice: '',
      ask: log.ask,
      host: {}
    };
    const element = await mount(<JobPanel {...props} />);
    const field = await eventually(() => element.querySelector<HTMLInputElement>('input[type=search]'));
    const said = () => element.querySelector('.jp-statek-Bar-hits')?.textContent;
    type(field, 'x');
    await eventually(() => log.asked.length === 1);
    log.answer();
    await eventually(() => said() === '1 of 1+');
    await eventually(() => log.asked.length === 2);
    log.answer();
    await eventually(() => said() === '1 of 2+');
    click(element.querySelector('[aria-label="Next hit"]'));
    await eventually(() => said() === '2 of 2+');
    type(field, 'y');
    await eventually(() => log.asked.join() === '0,1,2,0');
    log.answer(); // of the text before
    log.answer();
    await eventually(() => said() === '1 of 1+');
    for (const [asked, total] of [
      [5, '1 of 2+'],
      [6, '1 of 3+'],
      [7, '1 of 4']
    ] as const) {
      await eventually(() => log.asked.length === asked);
      log.answer();
      await eventually(() => said() === total);
    }
    expect(log.asked).toEqual([0, 1, 2, 0, 1, 2, 3]);
  });
});
