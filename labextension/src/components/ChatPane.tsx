// The chat log: newest at the bottom, followed while the reader is there; of a long one only what is in sight is drawn.

import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { Ask } from '../questions';
import { searchItems } from '../search_here';
import { entryAt } from '../sources/source';
import { told } from '../standing';
import { trans } from '../translation';
import type { ItemView, JobView } from '../view';
import { count, number } from '../wording';
import { ChatBar } from './ChatBar';
import { ChatItem, type ItemActions, MissingItem } from './ChatItem';
import { type Density, useDensity } from './density';
import { highlight } from './highlight';
import { Ending, Phase } from './Phase';
import { searchWith, useSearch } from './useSearch';
import { REST } from './useKeptFocus';
import { useWindow } from './useWindow';

export interface ChatPaneProps {
  view: JobView;
  loaded: ReadonlyMap<number, ItemView>;
  /** Gets entries that are about to be seen; absent where only those at hand can be had. */
  need?: ((start: number, stop: number) => void) | undefined;
  ask?: Ask | undefined;
  actions: ItemActions;
  /** The job's clock, in milliseconds since the epoch; it stands still when nothing is known to happen. */
  now: number;
  /** The view is of an earlier turn: nothing happens in it. */
  past?: boolean;
}

const GUESS: Record<string, number> = { compact: 30, normal: 130, full: 160 };
const SEEN_MILLISECONDS = 120;

export function ChatPane({ view, loaded, need, ask, actions, now, past = false }: ChatPaneProps) {
  const first = need ? 0 : view.first_item;
  const rows = view.total_items - first;
  const density = useDensity();
  const [turned, setTurned] = useTurned(density);
  const list = useWindow({ count: rows, guess: GUESS[density] ?? 130, follows: true, look: density });
  const field = useRef<HTMLInputElement>(null);
  const [hit, setHit] = useState<number | null>(null);
  const search = useSearch(
    ask ? searchWith(ask) : text => Promise.resolve(searchItems(view.items, text)),
    ({ item }) => {
      setTurned(item, true);
      setHit(item);
      list.toRow(item - first);
    }
  );
  useEffect(() => highlight(list.content.current, search.text.trim()));
  useEffect(() => () => highlight(null, ''), []);
  const { start, stop } = list;
  useEffect(() => {
    if (!need) {
      return undefined;
    }
    // Who drags the scroll bar passes a thousand entries; only those they stop at are asked for.
    const timer = setTimeout(() => need(start + first, stop + first), SEEN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [need, start, stop, first, loaded]);
  const wanted = useRef<number | null>(null);
  const focusRow = (row: number) => {
    wanted.current = row;
    list.toRow(row);
  };
  useEffect(() => {
    const row = list.content.current?.querySelector<HTMLElement>(`:scope > [data-row="${wanted.current}"]`);
    if (row) {
      wanted.current = null;
      row.focus({ preventScroll: true });
    }
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const focused = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    const at = focused ? Number(focused.dataset.row) : null;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const keys: Record<string, () => void> = {
      j: () => focusRow(Math.min(rows - 1, at === null ? start : at + 1)),
      k: () => focusRow(Math.max(0, at === null ? stop - 1 : at - 1)),
      Home: () => list.toRow(0),
      End: () => list.toEnd(),
      '/': () => field.current?.focus()
    };
    const act = keys[event.key];
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName);
    if (act && plain && !typing && rows > 0) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };

  let gap = 0;
  const drawn = list.pieces.map(piece => {
    if ('gap' in piece) {
      gap = piece.gap;
      return null;
    }
    const above = gap;
    gap = 0;
    const id = piece.row + first;
    const item = entryAt({ view, loaded }, id);
    const place = { row: piece.row, above, rows: view.total_items, id };
    const open = turned.get(id) ?? density !== 'compact';
    return item ? (
      <ChatItem
        key={id}
        item={id === view.total_items - 1 ? told(item, view.error) : told(item, null)}
        {...place}
        open={open}
        deep={density === 'full'}
        hit={id === hit && search.text !== ''}
        actions={actions}
        onToggle={setTurned}
      />
    ) : (
      <MissingItem key={id} {...place} />
    );
  });
  return (
    <div className="jp-statek-Chat">
      {view.total_items > 1 ? (
        <ChatBar search={search} density={density} field={field} onLeave={() => list.box.current?.focus()} />
      ) : null}
      <div
        className="jp-statek-Chat-log"
        role="log"
        aria-live="off"
        aria-label={trans.__('chat log')}
        tabIndex={0}
        {...REST}
        ref={list.box}
        onScroll={list.onScroll}
        onKeyDown={onKeyDown}
        data-lm-suppress-shortcuts="true"
      >
        {first > 0 ? (
          <p className="jp-statek-Chat-earlier">
            {count(first, '%1 earlier entry is not in this copy', '%1 earlier entries are not in this copy')}
          </p>
        ) : null}
        {rows === 0 ? <p className="jp-statek-muted jp-statek-empty">{trans.__('Nothing has happened yet.')}</p> : null}
        <div ref={list.content} style={{ paddingBottom: gap }} className="jp-statek-Items" role="list">
          {drawn}
        </div>
        {past ? null : <Phase view={view} now={now} />}
        {past ? null : <Ending view={view} />}
      </div>
      {list.unseen > 0 ? (
        <button type="button" className="jp-statek-Chat-new" onClick={list.toEnd}>
          {trans.__('%1 new ↓', number(list.unseen))}
        </button>
      ) : null}
    </div>
  );
}

const NONE: ReadonlyMap<number, boolean> = new Map();

/** Entries that were opened or folded by hand; another density begins anew. */
function useTurned(density: Density) {
  const [state, setState] = useState({ density, turned: NONE });
  const turn = useMemo(
    () => (id: number, open: boolean) =>
      setState(known => ({
        density,
        turned: new Map(known.density === density ? known.turned : NONE).set(id, open)
      })),
    [density]
  );
  return [state.density === density ? state.turned : NONE, turn] as const;
}
