// The line above a chat log: a search over all of it, and how much of each entry is shown.

import { type KeyboardEvent, type RefObject, useId } from 'react';
import { trans } from '../translation';
import { number } from '../wording';
import { chooseDensity, type Density, DENSITIES } from './density';
import type { Search } from './useSearch';

export interface ChatBarProps {
  search: Search;
  density: Density;
  /** The search field, to be focused by a key. */
  field: RefObject<HTMLInputElement>;
  onLeave: () => void;
}

export function ChatBar({ search, density, field, onLeave }: ChatBarProps) {
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      search.step(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      search.setText('');
      onLeave();
    }
    event.stopPropagation();
  };
  return (
    <div className="jp-statek-Bar" role="toolbar" aria-label={trans.__('chat log')} data-lm-suppress-shortcuts="true">
      <div className="jp-statek-Bar-search">
        <SearchIcon />
        <label className="jp-statek-hidden" htmlFor={id}>
          {trans.__('Search the chat log')}
        </label>
        <input
          id={id}
          ref={field}
          type="search"
          value={search.text}
          placeholder={trans.__('Search')}
          onChange={event => search.setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <Hits search={search} />
      </div>
      <div className="jp-statek-Choices" role="group" aria-label={trans.__('Detail')}>
        {DENSITIES.map(one => (
          <button
            key={one}
            type="button"
            aria-pressed={one === density}
            aria-label={densityName(one)}
            title={densityName(one)}
            onClick={() => chooseDensity(one)}
          >
            <DensityIcon density={one} />
          </button>
        ))}
      </div>
    </div>
  );
}

function Hits({ search }: { search: Search }) {
  const { total, hits, at, more, searched, problem } = search;
  const said =
    problem ||
    (total === null
      ? ''
      : total > 0
        ? trans.__('%1 of %2', number(at + 1), number(total) + (more ? '+' : ''))
        : searched === null
          ? trans.__('nothing found')
          : trans.__('searching, %1 %', number(Math.round(searched * 100))));
  return (
    <>
      <span className="jp-statek-Bar-hits" role="status">
        {said}
      </span>
      {hits.length > 0 ? (
        <>
          <button
            type="button"
            className="jp-statek-Icon"
            aria-label={trans.__('Previous hit')}
            onClick={() => search.step(-1)}
          >
            ↑
          </button>
          <button
            type="button"
            className="jp-statek-Icon"
            aria-label={trans.__('Next hit')}
            onClick={() => search.step(1)}
          >
            ↓
          </button>
        </>
      ) : null}
    </>
  );
}

function densityName(density: Density): string {
  const names = { compact: trans.__('Compact'), normal: trans.__('Normal'), full: trans.__('Everything') };
  return names[density];
}

const LINES: Record<Density, string> = {
  compact: 'M2 4.5h12v1.3H2zM2 7.4h12v1.3H2zM2 10.3h12v1.3H2z',
  normal: 'M2 3h12v1.3H2zM4 6h10v3H4zM2 10.6h12v1.3H2z',
  full: 'M2 2h12v1.3H2zM4 4.6h10v5.6H4zM2 11.4h12v1.3H2zM4 13.4h7v1.2H4z'
};

function DensityIcon({ density }: { density: Density }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
      <path d={LINES[density]} fill="currentColor" />
    </svg>
  );
}

export function SearchIcon() {
  return (
    <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true" focusable="false">
      <path
        d="M7 2.2a4.8 4.8 0 1 0 2.9 8.6l3 3 1-1-3-3A4.8 4.8 0 0 0 7 2.2zm0 1.4a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 0 1 0-6.8z"
        fill="currentColor"
      />
    </svg>
  );
}
