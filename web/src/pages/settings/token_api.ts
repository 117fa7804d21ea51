import { createClient } from "@connectrpc/connect";

import { TokenService } from "@protos/dangol/gateway/v1/token_service_pb";
import { readAnew, transport } from "../../base/api";

export const tokens = createClient(TokenService, transport);

export const readTokensAnew = () => readAnew(TokenService);
