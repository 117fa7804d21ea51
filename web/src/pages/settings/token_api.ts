import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey } from "@connectrpc/connect-query";

import { TokenService } from "@protos/dangol/gateway/v1/token_service_pb";
import { queries, transport } from "../../base/api";

export const tokens = createClient(TokenService, transport);

export function readTokensAnew(): Promise<void> {
  return queries.invalidateQueries({ queryKey: createConnectQueryKey({ schema: TokenService, cardinality: undefined }) });
}
