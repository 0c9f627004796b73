// Statuses, amounts and times in words, the same in every pane.

import { trans } from './translation';
import type { Outcome, Status } from './view';

export type Tone = 'idle' | 'busy' | 'wait' | 'ok' | 'bad' | 'stopped';

export interface StatusWord {
  word: string;
  tone: Tone;
}

/** A status as a word and a tone; the tone decides both shape and colour, so neither says anything alone. */
export function statusWord(status: Status, outcome: Outcome | null): StatusWord {
  switch (status) {
    case 'READY':
      return { word: trans.__('Ready'), tone: 'idle' };
    case 'WARMING_UP':
      return { word: trans.__('Warming up'), tone: 'busy' };
    case 'STARTED':
      return { word: trans.__('Running'), tone: 'busy' };
    case 'SUSPENDED':
      return { word: trans.__('Waiting'), tone: 'wait' };
    case 'DONE':
      return outcome === 'failed'
        ? { word: trans.__('Failed'), tone: 'bad' }
        : outcome === 'stopped'
          ? { word: trans.__('Stopped'), tone: 'stopped' }
          : { word: trans.__('Done'), tone: 'ok' };
    default:
      return { word: String(status), tone: 'idle' };
  }
}

/** `one` and `many` hold %1 for the number. */
export function count(amount: number, one: string, many: string): string {
  return trans._n(one, many, amount, number(amount));
}

export function number(amount: number): string {
  return amount.toLocaleString('en-US');
}

/** A cost in dollars; an unknown cost is never shown as $0. */
export function cost(amount: string | null, unknownCalls = 0): string {
  if (amount === null) {
    return unknownCalls > 0 ? trans.__('cost unknown') : '$0';
  }
  return (unknownCalls > 0 ? '≥ ' : '') + dollars(Number(amount));
}

/** A cost below the word that says it is one: what nobody knows is a dash there. */
export function costFigure(amount: string | null, unknownCalls = 0): { text: string; title: string | undefined } {
  const words = cost(amount, unknownCalls);
  return amount === null && unknownCalls > 0 ? { text: '–', title: words } : { text: words, title: undefined };
}

function dollars(value: number): string {
  if (value === 0) {
    return '$0';
  }
  if (value < 0.000001) {
    return '< $0.000001';
  }
  const digits = value >= 1 ? 2 : value >= 0.1 ? 3 : Math.min(6, 1 - Math.floor(Math.log10(value)));
  return `$${value.toFixed(digits)}`;
}

export function seconds(value: number): string {
  if (value < 0.0005) {
    return '0 s';
  }
  if (value < 1) {
    return `${Math.max(1, Math.round(value * 1000))} ms`;
  }
  if (value < 10) {
    return `${value.toFixed(1)} s`;
  }
  const whole = Math.round(value);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function tokens(value: number): string {
  if (value < 10_000) {
    return value.toLocaleString('en-US');
  }
  return value < 1_000_000 ? `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)}k` : `${(value / 1e6).toFixed(2)}M`;
}

export function size(bytes: number | null): string {
  if (bytes === null) {
    return '–';
  }
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

export function costSource(source: string): string {
  const words: Record<string, string> = {
    provider: trans.__("provider's figure"),
    prices: trans.__('tokens × list price'),
    mixed: trans.__('partly list price'),
    unknown: trans.__('no price known')
  };
  return words[source] ?? source;
}

/** Time of day where the reader is; empty when unknown. */
export function clockTime(at: string | null): string {
  const date = at === null ? null : new Date(at);
  return date === null || Number.isNaN(date.getTime())
    ? ''
    : date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** Seconds from start to end, or to now while it has not ended; null before the start. */
export function elapsed(start: string | null, end: string | null, now: number): number | null {
  if (start === null) {
    return null;
  }
  return Math.max(0, ((end === null ? now : Date.parse(end)) - Date.parse(start)) / 1000);
}

/** How long until then. */
export function timeLeft(until: string, now: number): string {
  const left = (Date.parse(until) - now) / 1000;
  return Number.isNaN(left) || left <= 0 ? trans.__('time is up') : trans.__('%1 left', seconds(Math.ceil(left)));
}

/** How long ago, in one unit. */
export function ago(at: string | null, now: number): string {
  const passed = at === null ? Number.NaN : (now - Date.parse(at)) / 1000;
  if (Number.isNaN(passed)) {
    return '';
  }
  if (passed < 60) {
    return trans.__('now');
  }
  if (passed < 3600) {
    return `${Math.floor(passed / 60)} min`;
  }
  return passed < 86_400 ? `${Math.floor(passed / 3600)} h` : `${Math.floor(passed / 86_400)} d`;
}
