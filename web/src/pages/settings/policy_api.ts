import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey } from "@connectrpc/connect-query";

import { PolicyService } from "@protos/dangol/tickets/v1/policy_service_pb";
import { queries, transport } from "../../base/api";

export const policies = createClient(PolicyService, transport);

export function readPolicyAnew(): Promise<void> {
  return queries.invalidateQueries({ queryKey: createConnectQueryKey({ schema: PolicyService, cardinality: undefined }) });
}
