// Settings: this device, who works here, what was agreed on, and how the services are.
import "../../style/calm.css";
import "../../style/settings.css";

import type { ComponentType } from "preact";

import { NoAccess } from "../../app/no_access";
import { Page } from "../../app/shell";
import { may, type Permission } from "../../base/session";
import { useWords } from "../../words/words";
import { Audit } from "./audit";
import { Device } from "./device";
import { Engines } from "./engines";
import { Imports } from "./imports";
import { Members } from "./members";
import { Policy } from "./policy";
import { Reasons } from "./reasons";
import { Services } from "./services";
import { Tokens } from "./tokens";

const PARTS = { device: Device, members: Members, policy: Policy, reasons: Reasons, engines: Engines, imports: Imports, tokens: Tokens, services: Services, audit: Audit } satisfies Record<string, ComponentType>;
type Part = keyof typeof PARTS;
const NEEDS: Partial<Record<Part, Permission>> = { tokens: "tokens.read", services: "admin", audit: "audit.read" };

function isOffered(part: Part): boolean {
  const needs = NEEDS[part];
  return !needs || may(needs);
}

export default function SettingsPage({ part }: { part?: string | undefined }) {
  const { t } = useWords();
  const here = part && part in PARTS ? (part as Part) : "device";
  if (!isOffered(here)) return <NoAccess title={t.settings.parts[here]} way={{ href: "/settings", label: t.action.go(t.nav.settings) }} />;
  const Shown = PARTS[here];
  const views = (Object.keys(PARTS) as Part[]).filter(isOffered).map((one) => ({ path: `/settings/${one}`, label: t.settings.parts[one], here: one === here }));
  return (
    <Page title={t.settings.parts[here]} crumb={{ href: "/settings", label: t.settings.title }} views={views} className="calm">
      <div className="page settings">
        <Shown />
      </div>
    </Page>
  );
}
