// Settings: this device, who works here, what was agreed on, and how the services are.
import "../../style/calm.css";
import "../../style/settings.css";

import type { ComponentType } from "preact";

import { Page } from "../../app/shell";
import { useWords } from "../../words/words";
import { Device } from "./device";
import { Members } from "./members";
import { Policy } from "./policy";
import { Reasons } from "./reasons";
import { Services } from "./services";
import { Tokens } from "./tokens";

const PARTS = { device: Device, members: Members, policy: Policy, reasons: Reasons, tokens: Tokens, services: Services } satisfies Record<string, ComponentType>;
type Part = keyof typeof PARTS;

export default function SettingsPage({ part }: { part?: string | undefined }) {
  const { t } = useWords();
  const here = part && part in PARTS ? (part as Part) : "device";
  const Shown = PARTS[here];
  const views = (Object.keys(PARTS) as Part[]).map((one) => ({ path: `/settings/${one}`, label: t.settings.parts[one], here: one === here }));
  return (
    <Page title={t.settings.parts[here]} crumb={{ href: "/settings", label: t.settings.title }} views={views} className="calm">
      <div className="page settings">
        <Shown />
      </div>
    </Page>
  );
}
