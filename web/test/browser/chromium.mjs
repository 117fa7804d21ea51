// The Chromium that is here. The shell without a window comes first: the browser draws its own window as well, also where there is no screen.
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const executablePath = PATHS.find((path) => existsSync(path));

export const hasChromium = executablePath !== undefined;

export function startChromium() {
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
