// Who it is: the name of a customer, as it is shown in lists and beside complaints.
import { useQuery } from "@connectrpc/connect-query";

import { Customer_State } from "@protos/dangol/tickets/v1/customer_pb";
import { CustomerService } from "@protos/dangol/tickets/v1/customer_service_pb";
import { useWords } from "../words/words";

const KEPT_MS = 10 * 60_000;

export function useCustomer(name: string) {
  return useQuery(CustomerService.method.getCustomer, { name }, { enabled: Boolean(name), staleTime: KEPT_MS });
}

// The display name, else the first way to reach the person; empty: not known yet.
export function useCustomerName(name: string): string {
  const { t } = useWords();
  const { data } = useCustomer(name);
  if (!data) return "";
  if (data.state === Customer_State.ERASED || data.state === Customer_State.ERASING) return t.customer.erased;
  return data.displayName || data.contactPoints[0]?.value || data.externalIds[0]?.id || t.customer.nameless;
}
