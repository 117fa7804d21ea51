import assert from "node:assert/strict";

// So long is waited for what comes at once on a machine that has nothing else to do.
export const PATIENCE_MS = 30_000;

export async function until(condition, what) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `in ${PATIENCE_MS / 1000} s: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export function ticket(suite, id) {
  return suite.call("dangol.tickets.v1.TicketService/GetTicket", { name: `tickets/${id}` });
}
