// The example jobs that the Python tests use too.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobView } from '../view';

// Vitest runs in the folder of package.json.
const folder = join(process.cwd(), '../tests/views/examples');

export function readExample<Content>(name: string): Content {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Content;
}

export function example(name: string): JobView {
  return readExample<JobView>(name);
}

/** Names of the example jobs. */
export const EXAMPLES = readdirSync(folder)
  .filter(file => file.endsWith('.json') && file !== 'wording.json')
  .map(file => file.replace('.json', ''));
