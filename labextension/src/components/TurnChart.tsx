// Tokens, cost or time of each turn as bars; a bar leads to its turn.

import { useMemo, useState } from 'react';
import type { TurnRow } from '../questions';
import { trans } from '../translation';
import { type Bar, barsOf, type Measure } from '../turn_bars';
import { cost, seconds, tokens } from '../wording';

export interface TurnChartProps {
  turns: TurnRow[];
  onTurn?: ((turn: number) => void) | undefined;
}

const HEIGHT = 64;
const STEP = 10;
const WIDTH = 8;
/** A few turns do not fill the whole width. */
const LEAST_BARS = 24;

export function TurnChart({ turns, onTurn }: TurnChartProps) {
  const [measure, setMeasure] = useState<Measure>('tokens');
  const bars = useMemo(() => barsOf(turns, measure), [turns, measure]);
  if (turns.length < 2) {
    return null;
  }
  const most = Math.max(...bars.map(bar => bar.total)) || 1;
  const names: [Measure, string][] = [
    ['tokens', trans.__('Tokens')],
    ['cost', trans.__('Cost')],
    ['time', trans.__('Time')]
  ];
  const range = trans.__('turns %1 to %2', String(bars[0]?.first), String(bars.at(-1)?.last));
  const title = names.find(([name]) => name === measure)?.[1] ?? '';
  return (
    <figure className="jp-statek-Chart">
      <figcaption>
        <span className="jp-statek-Choices" role="group" aria-label={trans.__('Per turn')}>
          {names.map(([name, word]) => (
            <button key={name} type="button" aria-pressed={name === measure} onClick={() => setMeasure(name)}>
              {word}
            </button>
          ))}
        </span>
        <span className="jp-statek-muted">{trans.__('per turn, most %1', amount(most, measure))}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${Math.max(LEAST_BARS, bars.length) * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}, ${range}`}
      >
        {bars.map((bar, at) => (
          <g
            key={bar.first}
            className="jp-statek-Bar"
            data-leads={onTurn ? true : undefined}
            onClick={onTurn && (() => onTurn(bar.last))}
          >
            <title>{barWords(bar, measure)}</title>
            <rect className="jp-mod-room" x={at * STEP} width={STEP} y={0} height={HEIGHT} />
            {rects(bar, most).map(({ look, y, height }) => (
              <rect key={look} className={`jp-mod-${look}`} x={at * STEP} width={WIDTH} y={y} height={height} />
            ))}
            {bar.failed ? (
              <rect className="jp-mod-failed" x={at * STEP} width={WIDTH} y={HEIGHT - 3} height={3} />
            ) : null}
          </g>
        ))}
      </svg>
      <Legend measure={measure} failed={bars.some(bar => bar.failed)} />
    </figure>
  );
}

function rects(bar: Bar, most: number) {
  let y = HEIGHT;
  return bar.parts.map(({ look, value }) => {
    const height = Math.max(1, ((HEIGHT - 2) * value) / most);
    y -= height;
    return { look, y: Math.max(0, y), height };
  });
}

function Legend({ measure, failed }: { measure: Measure; failed: boolean }) {
  const keys: Record<Measure, [string, string][]> = {
    tokens: [
      ['out', trans.__('out')],
      ['in', trans.__('in')],
      ['cached', trans.__('cached')]
    ],
    cost: [],
    time: [
      ['in', trans.__('model')],
      ['code', trans.__('code')]
    ]
  };
  const shown = [...keys[measure], ...(failed ? [['failed', trans.__('error')]] : [])];
  return (
    <p className="jp-statek-Chart-legend">
      {shown.map(([look, word]) => (
        <span key={look}>
          <i className={`jp-statek-Key jp-mod-${look}`} /> {word}
        </span>
      ))}
    </p>
  );
}

function amount(value: number, measure: Measure): string {
  return measure === 'tokens' ? tokens(value) : measure === 'cost' ? cost(String(value)) : seconds(value);
}

function barWords(bar: Bar, measure: Measure): string {
  const turn =
    bar.first === bar.last
      ? trans.__('turn %1', String(bar.first))
      : trans.__('turns %1 to %2', String(bar.first), String(bar.last));
  return `${turn}: ${amount(bar.total, measure)}${bar.failed ? ` (${trans.__('error')})` : ''}`;
}
