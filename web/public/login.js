// The link that `dangol login` prints, `/#login=CODE`: signs in, and leaves the code neither in the address nor in the history.
"use strict";
{
  const base = document.documentElement.dataset.base || "";
  // From the identity provider: the cookie is there already.
  if (location.hash === "#signed-in") {
    history.replaceState(null, "", `${base}/`);
    localStorage.setItem(`dangol.signedIn${base}`, String(Date.now()));
  }
  const match = /^#login=([\w-]+)$/.exec(location.hash);
  if (match) {
    history.replaceState(null, "", `${base}/`);
    // The page that is loading is of nobody yet, and is not shown: it would take the reason that the next one is to say.
    document.documentElement.dataset.signingIn = "";
    fetch(`${base}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: match[1] }),
      signal: AbortSignal.timeout(10_000),
    })
      .then(
        ({ ok }) => (ok ? "" : "used"),
        () => "away",
      )
      .then((trouble) => {
        // So that the page asks who it is; the cookie is not for scripts to see.
        if (!trouble) localStorage.setItem(`dangol.signedIn${base}`, String(Date.now()));
        // So that it says why nobody is signed in.
        else sessionStorage.setItem(`dangol.linkTrouble${base}`, trouble);
        location.reload();
      });
  }
}
