// A page that this person may not see, or that is not there: which of them is not said.
import { Empty } from "../parts/small";
import { useWords } from "../words/words";
import { Page } from "./shell";

interface Props {
  title: string;
  // Where there is something to see.
  way?: { href: string; label: string };
}

export function NoAccess({ title, way }: Props) {
  const { t } = useWords();
  return (
    <Page title={title} className="emptyd">
      <Empty title={[t.error.hidden]} text={t.error.askRole} way={way ?? { href: "/today", label: t.action.go(t.nav.today) }} />
    </Page>
  );
}
