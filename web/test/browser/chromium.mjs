// The Chromium that is here. The shell without a window comes first: the browser draws its own window as well, also where there is no screen.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const found = PATHS.find((path) => existsSync(path));

export const hasChromium = found !== undefined;

export function startChromium() {
  const asRoot = process.getuid() === 0;
  const executablePath = asRoot ? fileURLToPath(new URL("chromium.sh", import.meta.url)) : found;
  return chromium.launch({ executablePath, args: ["--no-sandbox"], env: { ...process.env, DANGOL_CHROMIUM: found } });
}
