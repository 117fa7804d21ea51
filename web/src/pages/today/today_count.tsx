// How much waits for this member, for the menu: the same that My day lists.
import { useNow } from "../../base/now";
import { memberOfDevice } from "../../parts/member_field";
import { useWords } from "../../words/words";
import { useToday } from "./use_today";

export default function TodayCount() {
  const { f } = useWords();
  const day = useToday(memberOfDevice(), useNow(60_000));
  // Nothing is said rather than something that may be wrong.
  if (day.loading || day.error || !day.open) return null;
  return <b className="n">{f.count(day.open) + (day.more ? "+" : "")}</b>;
}
