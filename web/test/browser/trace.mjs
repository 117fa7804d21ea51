// What the page's own thread did, in its own time: a machine that is busy with other things does not count.

const TASK = "ThreadControllerImpl::RunTask";

// The tasks of the page's thread while `run` ran, in milliseconds of that thread, the longest first.
export async function tasksOf(page, run) {
  const cdp = await page.context().newCDPSession(page);
  const events = [];
  cdp.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await cdp.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "__metadata"] } });
  await run();
  const complete = new Promise((done) => cdp.once("Tracing.tracingComplete", done));
  await cdp.send("Tracing.end");
  await complete;
  const main = events.find(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const tasks = events.filter(({ name, pid, tid }) => name === TASK && pid === main.pid && tid === main.tid);
  return tasks.map(({ tdur }) => tdur / 1000).sort((one, other) => other - one);
}
