// Parts of the page whose script comes when it is needed, and what is shown where it does not come: without the gateway, or after an upgrade, whose scripts have other names.
import { Component, type ComponentChildren, type ComponentType } from "preact";
import { lazy, Suspense, useEffect } from "react";

import { say } from "../base/toast";
import { useWords } from "../words/words";

class MissingScript extends Error {}

export function isMissing(error: unknown): boolean {
  return error instanceof MissingScript;
}

export function part<P>(load: () => Promise<{ default: ComponentType<P> }>) {
  return lazy(() =>
    load().catch((error: unknown) => {
      throw new MissingScript(String(error));
    }),
  );
}

// Shows something else in place of what failed while it was drawn, until `at` changes.
export class Guard extends Component<{ children: ComponentChildren; at?: string | undefined; shown: (error: unknown) => ComponentChildren }> {
  override state: { error?: unknown } = {};
  override componentDidCatch(error: unknown) {
    console.error(error);
    this.setState({ error });
  }
  override componentDidUpdate(before: { at?: string | undefined }) {
    if (before.at !== this.props.at && this.state.error !== undefined) this.setState({ error: undefined });
  }
  override render() {
    return this.state.error === undefined ? this.props.children : this.props.shown(this.state.error);
  }
}

function NotOpened({ error, onClose }: { error: unknown; onClose: () => void }) {
  const { t } = useWords();
  useEffect(() => {
    say(isMissing(error) ? `${t.error.script} ${t.error.scriptText}` : t.error.page, { bad: true });
    onClose();
  }, []);
  return null;
}

// A dialog above the page. While its script comes no key is one of the page; where it does not come, the page stays and says so.
export function Opened({ what, onClose, children }: { what?: string | undefined; onClose: () => void; children: ComponentChildren }) {
  return (
    <Guard at={what} shown={(error) => <NotOpened error={error} onClose={onClose} />}>
      <Suspense fallback={<span data-opening="" hidden />}>{children}</Suspense>
    </Guard>
  );
}
