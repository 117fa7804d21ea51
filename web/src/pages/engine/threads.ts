// Remarks as threads: what was said, the newest first, and below it the replies in the order in which they came.
import type { Granularity } from "@protos/dangol/metrics/v1/kpi_pb";
import type { Remark } from "@protos/dangol/metrics/v1/report_pb";

export interface RemarkThread {
  remark: Remark;
  replies: Remark[];
}

// `remarks`: the newest first. A reply to a reply stands below the first of them.
export function threadsOf(remarks: Remark[], period?: { granularity: Granularity; firstDay: string }): RemarkThread[] {
  const byName = new Map(remarks.map((one) => [one.name, one]));
  const firstOf = (remark: Remark): Remark => {
    const before = byName.get(remark.replyTo);
    return before ? firstOf(before) : remark;
  };
  const threads = new Map<string, RemarkThread>();
  for (const remark of remarks) {
    if (firstOf(remark) === remark) threads.set(remark.name, { remark, replies: [] });
  }
  for (const remark of [...remarks].reverse()) {
    const first = firstOf(remark);
    if (first !== remark) threads.get(first.name)!.replies.push(remark);
  }
  const all = [...threads.values()];
  if (!period) return all;
  return all.filter(({ remark }) => remark.granularity === period.granularity && remark.firstDay === period.firstDay);
}
