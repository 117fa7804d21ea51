// Which changes have an effect. Asked for as a list: of a change without one a question of its own would be an error.
import { useQuery } from "@connectrpc/connect-query";

import type { Effect } from "@protos/dangol/metrics/v1/effect_pb";
import { EffectService } from "@protos/dangol/metrics/v1/effect_service_pb";

const EFFECTS_MAX = 1000;

// Effects without their looks.
export function useEffects(): Effect[] {
  return useQuery(EffectService.method.listEffects, { pageSize: EFFECTS_MAX }).data?.effects ?? [];
}

// The effect of a change without its looks; undefined: there is none.
export function useEffectOf(change: string): Effect | undefined {
  return useEffects().find((one) => one.change === change);
}
