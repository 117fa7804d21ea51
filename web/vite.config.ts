import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // The code is written to React's API; Preact is a sixth of its size.
    alias: {
      react: "preact/compat",
      "react-dom": "preact/compat",
      "react/jsx-runtime": "preact/jsx-runtime",
      "@protos": here("generated"),
    },
  },
  // The gateway puts the path before it that the page is served under.
  base: "./",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // A data: font or script would be against the content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Which script needs which: test/size.mjs.
    manifest: true,
    rollupOptions: {
      // "use client" means nothing here.
      onwarn: (warning, warn) => warning.code !== "MODULE_LEVEL_DIRECTIVE" && warn(warning),
    },
  },
  server: { proxy: { "^/([a-z]+/)?dangol\\.": process.env.DANGOL_GATEWAY ?? "http://127.0.0.1:7400" } },
  test: { include: ["test/unit/**/*.test.ts"], environment: "node", setupFiles: ["test/unit/setup.ts"] },
});
