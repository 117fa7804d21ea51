// The same question of several, such as each engine or each part of a list.
import type { DescMessage, DescMethodUnary, MessageInitShape } from "@bufbuild/protobuf";
import { callUnaryMethod, createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueries } from "@tanstack/react-query";

import { transport } from "./api";

export function useEach<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, inputs: MessageInitShape<I>[], more = {}) {
  return useQueries({
    queries: inputs.map((input) => ({
      queryKey: createConnectQueryKey({ schema: method, input, transport, cardinality: "finite" }),
      queryFn: () => callUnaryMethod(transport, method, input),
      ...more,
    })),
  });
}
