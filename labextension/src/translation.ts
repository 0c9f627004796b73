// The words of the views in the person's language: English, unless the host gives a translation.

/** What is used of a translation; JupyterLab's `TranslationBundle` is one. */
export interface Translation {
  /** `%1`, `%2` … stand for the values. */
  __(text: string, ...values: string[]): string;
  _n(one: string, many: string, amount: number, ...values: string[]): string;
}

const fill = (text: string, values: string[]) =>
  text.replace(/%(\d)/g, (whole, at: string) => values[Number(at) - 1] ?? whole);

const english: Translation = {
  __: (text, ...values) => fill(text, values),
  _n: (one, many, amount, ...values) => fill(amount === 1 ? one : many, values)
};

/** A page has one language, so this is the one thing all views share. */
let chosen = english;

export const trans: Translation = {
  __: (text, ...values) => chosen.__(text, ...values),
  _n: (one, many, amount, ...values) => chosen._n(one, many, amount, ...values)
};

/** Use a host's translation from now on. */
export function translateWith(translation: Translation): void {
  chosen = translation;
}
