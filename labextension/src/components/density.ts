// How much of each entry of a chat log is shown: one choice for all views of a page, remembered by the browser.

import { useEffect, useState } from 'react';
import { Listeners } from '../sources/source';

export type Density = 'compact' | 'normal' | 'full';
export const DENSITIES: readonly Density[] = ['compact', 'normal', 'full'];

const PLACE = 'statek-jupyter:density';
const listeners = new Listeners();
let chosen: Density | null = null;
let usual: Density = 'normal';

function remembered(): Density | null {
  try {
    return DENSITIES.find(one => one === localStorage.getItem(PLACE)) ?? null;
  } catch {
    // A page may not be allowed to remember anything.
    return null;
  }
}

/** What is shown to somebody who has not chosen. */
export function setUsualDensity(density: Density): void {
  usual = density;
  listeners.notify();
}

export function chooseDensity(density: Density): void {
  chosen = density;
  try {
    localStorage.setItem(PLACE, density);
  } catch {
    // As above; then the choice lasts as long as the page.
  }
  listeners.notify();
}

export function useDensity(): Density {
  const current = () => chosen ?? remembered() ?? usual;
  const [density, setDensity] = useState(current);
  useEffect(() => listeners.add(() => setDensity(current())), []);
  return density;
}
