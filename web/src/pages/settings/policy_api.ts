import { createClient } from "@connectrpc/connect";

import { PolicyService } from "@protos/dangol/tickets/v1/policy_service_pb";
import { readAnew, transport } from "../../base/api";

export const policies = createClient(PolicyService, transport);

export const readPolicyAnew = () => readAnew(PolicyService);
