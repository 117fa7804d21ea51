// Who can be shown a change before it ships, and who was.
import { Change_State, Demand_State, type Change, type Demand } from "@protos/dangol/backlog/v1/change_pb";

// As the backlog's rules have it.
const SHOWABLE = [Change_State.PROPOSED, Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.REGRESSED];

// So many can be invited at once.
export const INVITED_MOST = 1_000;

export function mayShow({ state }: Pick<Change, "state">): boolean {
  return SHOWABLE.includes(state);
}

function waits({ state, shipment }: Demand): boolean {
  return state === Demand_State.ACTIVE && !shipment;
}

// Those who ask for it, wait for it, and agreed to be asked. Who has not seen it comes first.
export function candidatesOf(demands: Demand[]): Demand[] {
  const may = demands.filter((demand) => waits(demand) && demand.mayAsk);
  return [...may.filter((one) => !one.previewRound), ...may.filter((one) => one.previewRound)];
}

export function invitedOf(demands: Demand[]): Demand[] {
  return demands.filter(({ state, previewRound }) => state === Demand_State.ACTIVE && previewRound > 0);
}

// An answer is of a ticket that is accepted into the change, and no longer asked for once it is answered.
export function mayAnswer(demand: Demand): boolean {
  return waits(demand) && demand.previewRound > 0;
}

// The invited who have said nothing yet.
export function silentOf({ evidence }: Pick<Change, "evidence">): bigint {
  const { invited = 0n, fixed = 0n, notFixed = 0n } = evidence ?? {};
  return invited - fixed - notFixed;
}
