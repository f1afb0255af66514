import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The bundle is committed: names of files hold the hash of their content, and nothing of the machine is in them.
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  build: {
    outDir: "../../generated/console",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
  test: { include: ["src/**/*.test.ts"] },
});
