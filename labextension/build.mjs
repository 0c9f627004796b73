// Builds statek_jupyter/static/widget.js and widget.css. The output is committed; `node build.mjs --check` fails when it is old.
import { build } from 'esbuild';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const LIMIT_BYTES = 120_000;

const common = {
  bundle: true,
  minify: true,
  write: false,
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning'
};
const targets = [
  {
    file: here('../statek_jupyter/static/widget.js'),
    options: {
      ...common,
      entryPoints: [here('src/widget.tsx')],
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      // The components are written for React, which JupyterLab shares; the widget carries Preact, a tenth of its size.
      alias: {
        react: 'preact/compat',
        'react-dom/client': 'preact/compat/client',
        'react/jsx-runtime': 'preact/jsx-runtime'
      },
      define: { 'process.env.NODE_ENV': '"production"' }
    }
  },
  {
    file: here('../statek_jupyter/static/widget.css'),
    options: { ...common, entryPoints: [here('style/index.css')] }
  }
];

for (const { file, options } of targets) {
  const { outputFiles } = await build(options);
  const text = outputFiles[0].text;
  if (Buffer.byteLength(text) > LIMIT_BYTES) {
    throw new Error(`${file} has ${Buffer.byteLength(text)} bytes, more than ${LIMIT_BYTES}`);
  }
  if (!process.argv.includes('--check')) {
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8')) !== text) {
    throw new Error(`${file} is not what the sources give: run "npm run build" in labextension/ and commit the result`);
  }
  console.log(`${file.split('/').pop()} ${Buffer.byteLength(text)} bytes`);
}
