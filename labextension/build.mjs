// Builds the browser side: the widget in statek_jupyter/static/, the JupyterLab extension in statek_jupyter/labextension/.
// Both are committed; `node build.mjs --check` fails when they are not what the sources give.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = place => fileURLToPath(new URL(place, import.meta.url));
const LIMIT_BYTES = 120_000;
const checking = process.argv.includes('--check');

const common = {
  bundle: true,
  minify: true,
  write: false,
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning'
};
const script = { ...common, format: 'esm', target: 'es2022', jsx: 'automatic' };
const targets = [
  {
    file: here('../statek_jupyter/static/widget.js'),
    options: {
      ...script,
      entryPoints: [here('src/widget.tsx')],
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
  if (!checking) {
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8')) !== text) {
    throw old(file);
  }
  console.log(`${file.split('/').pop()} ${Buffer.byteLength(text)} bytes`);
}

// Built in a folder of its own: the builder empties the folder it writes to, and a check must not touch ours.
const work = await mkdtemp(path.join(tmpdir(), 'statek-labextension-'));
try {
  const built = path.join(work, 'statek_jupyter', 'labextension');
  await buildExtension(path.join(work, 'labextension'), built);
  const committed = here('../statek_jupyter/labextension');
  if (checking) {
    await compare(committed, built);
  } else {
    await rm(committed, { recursive: true, force: true });
    await cp(built, committed, { recursive: true });
  }
  const sizes = [...(await contents(built)).values()].map(content => content.length);
  console.log(`labextension ${sizes.length} files, ${sizes.reduce((sum, size) => sum + size, 0)} bytes`);
} finally {
  await rm(work, { recursive: true, force: true });
}

async function buildExtension(folder, output) {
  await mkdir(path.join(folder, 'lib'), { recursive: true });
  await mkdir(output, { recursive: true });
  for (const name of ['package.json', 'rspack.config.cjs']) {
    await cp(here(name), path.join(folder, name));
  }
  await cp(here('schema'), path.join(folder, 'schema'), { recursive: true });
  await symlink(here('node_modules'), path.join(folder, 'node_modules'));
  const { outputFiles } = await build({
    ...script,
    entryPoints: [here('src/lab/index.ts')],
    minify: false,
    packages: 'external'
  });
  await writeFile(path.join(folder, 'lib', 'index.js'), outputFiles[0].text);
  // The builder's loader for CSS would write the place of its own files into the result.
  const styles = await build({
    ...common,
    entryPoints: [here('style/index.css'), here('style/lab.css')],
    outdir: folder
  });
  const css = JSON.stringify(styles.outputFiles.map(file => file.text).join(''));
  const adds = `document.head.append(Object.assign(document.createElement('style'), { textContent: ${css} }));`;
  await writeFile(path.join(folder, 'lib', 'style.js'), adds);
  const builder = here('node_modules/@jupyter/builder/lib/build-labextension.js');
  const core = here('node_modules/@jupyterlab/core-meta/core.package.json');
  execFileSync(process.execPath, [builder, '--core-package-file', core, '.'], {
    cwd: folder,
    stdio: 'pipe'
  });
}

async function compare(committed, built) {
  const [ours, theirs] = [await contents(committed), await contents(built)];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    if (!ours.get(name)?.equals(theirs.get(name) ?? Buffer.alloc(0))) {
      throw old(path.join(committed, name));
    }
  }
}

async function contents(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  const read = files.map(async file => [path.relative(folder, file), await readFile(file)]);
  return new Map(await Promise.all(read));
}

function old(file) {
  return new Error(`${file} is not what the sources give: run "npm run build" in labextension/ and commit the result`);
}
