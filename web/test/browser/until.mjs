import assert from "node:assert/strict";

export async function until(condition, what) {
  const deadline = Date.now() + 5_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `in 5 s: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export function ticket(suite, id) {
  return suite.call("dangol.tickets.v1.TicketService/GetTicket", { name: `tickets/${id}` });
}
