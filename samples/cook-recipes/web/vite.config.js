import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// base "/": a page opened at /recipes finds /assets just as one opened at / does.
export default defineConfig({
  base: "/",
  plugins: [react()],
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
