import { createClient } from "@connectrpc/connect";

import { AdminService } from "@protos/dangol/api/v1/admin_service_pb";
import { transportTo } from "../../base/api";

export const SERVICES = ["tickets", "backlog", "metrics"] as const;
export type ServiceName = (typeof SERVICES)[number];

// Every service has an AdminService of its own.
export const adminTransports = Object.fromEntries(SERVICES.map((name) => [name, transportTo("/" + name)])) as Record<
  ServiceName,
  ReturnType<typeof transportTo>
>;
export function admin(service: ServiceName) {
  return createClient(AdminService, adminTransports[service]);
}
