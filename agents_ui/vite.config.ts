import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` serves the sources with hot reload and passes the rest to a running server.
const server = process.env.CALLCENTER_DEV_SERVER ?? "http://localhost:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  define: { __BUILD_ID__: JSON.stringify(process.env.CONSOLE_BUILD_ID ?? "dev") },
  build: {
    outDir: "../callcenter/web/static",
    emptyOutDir: true,
    target: ["chrome120", "firefox121", "safari17"],
    // A data: address would need its own line in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      // The server checks Origin against its own host, so the proxy must speak as that host.
      "/api": { target: server, changeOrigin: true, headers: { origin: server } },
      "/ws": { target: server, ws: true, changeOrigin: true, headers: { origin: server } },
      "/sip": { target: server, ws: true, changeOrigin: true, headers: { origin: server } },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    // Two workers are what a small build machine has.
    maxWorkers: 2,
  },
});
