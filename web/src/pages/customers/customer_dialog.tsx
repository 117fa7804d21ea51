// What a customer is called, and the label that stands in counts.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { CustomerSchema, type Customer } from "@protos/dangol/tickets/v1/customer_pb";
import { CustomerService } from "@protos/dangol/tickets/v1/customer_service_pb";
import { customers, readAnew } from "../../base/api";
import { isSlug, requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { useWords } from "../../words/words";

export function CustomerDialog({ customer: newest, onClose }: { customer: Customer; onClose: () => void }) {
  const { t } = useWords();
  const customer = useSeen(newest);
  const [name, setName] = useState(customer.displayName);
  const [segment, setSegment] = useState(customer.segment);
  const [locale, setLocale] = useState(customer.locale);
  const [id] = useState(requestId);
  const segmentFault = !segment || isSlug(segment) ? undefined : t.slugWrong;
  const send = async () => {
    const changed = create(CustomerSchema, { displayName: name.trim(), segment, locale: locale.trim() });
    const updateMask = create(FieldMaskSchema, { paths: ["display_name", "segment", "locale"] });
    await customers.updateCustomer({ name: customer.name, etag: customer.etag, requestId: id, customer: changed, updateMask });
    await readAnew(CustomerService);
    say(t.customer.edited);
  };
  return (
    <FormDialog title={t.customer.editTitle} submit={t.customer.save} check={() => !segmentFault} onSubmit={send} onClose={onClose}>
      <TextField label={t.customer.name} value={name} onValue={setName} autoFocus />
      <TextField label={t.customer.segment} hint={t.customer.segmentHint} value={segment} onValue={setSegment} wrong={segmentFault} />
      <TextField label={t.customer.locale} hint={t.customer.localeHint} value={locale} onValue={setLocale} />
    </FormDialog>
  );
}
