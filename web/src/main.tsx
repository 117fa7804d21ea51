import "pretendard/dist/web/variable/pretendardvariable-dynamic-subset.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/print.css";

import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";

import { App, fetchPage } from "./app/app";
import { queries, transport } from "./base/api";
import { followEvents } from "./base/cache";
import { startLive } from "./base/live";
import { BASE } from "./base/place";
import { followSession, readSession } from "./base/session";
import { followSettings, settings, showSettings } from "./base/settings";
import { loadWords } from "./words/words";

showSettings();
// Whoever comes past the proxy may have called without what stands before the path.
if (!`${location.pathname}/`.startsWith(`${BASE}/`)) history.replaceState(null, "", BASE + location.pathname + location.search);
fetchPage(location.pathname.slice(BASE.length), location.search);
followSettings();
followSession();
followEvents();
startLive();
void Promise.all([loadWords(settings().language), readSession().catch(() => undefined)]).then(() => {
  // While public/login.js signs in; it loads the page anew.
  if (document.documentElement.dataset.signingIn !== undefined) return;
  createRoot(document.getElementById("app")!).render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <Router base={BASE}>
          <App />
        </Router>
      </QueryClientProvider>
    </TransportProvider>,
  );
});
