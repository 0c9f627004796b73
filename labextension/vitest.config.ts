import { defineConfig } from 'vitest/config';

const preact = {
  react: 'preact/compat',
  'react-dom/client': 'preact/compat/client',
  'react/jsx-runtime': 'preact/jsx-runtime',
  'react/jsx-dev-runtime': 'preact/jsx-runtime'
};
const common = { environment: 'jsdom', include: ['src/__tests__/**/*.test.{ts,tsx}'], testTimeout: 60_000 };

// Every test runs with Preact, which the widget carries, and with React, which JupyterLab shares.
export default defineConfig({
  esbuild: { jsx: 'automatic' },
  test: {
    projects: [
      { extends: true, resolve: { alias: preact }, test: { ...common, name: 'preact' } },
      { extends: true, test: { ...common, name: 'react' } }
    ]
  }
});
