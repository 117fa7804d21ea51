// Makes a link by which a member comes in, for somebody to send.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { useState } from "react";

import { SignInService, type SignInLink } from "@protos/dangol/gateway/v1/sign_in_service_pb";
import { transport } from "../../base/api";
import { explain } from "../../base/errors";
import { requestId } from "../../base/ids";
import { CopyField } from "../../parts/copy_field";
import { Wrong } from "../../parts/small";
import { useWords } from "../../words/words";

const signIn = createClient(SignInService, transport);

export function Invitation({ member }: { member: string }) {
  const { t, f } = useWords();
  const m = t.settings.member;
  const [link, setLink] = useState<SignInLink>();
  const [failure, setFailure] = useState("");
  const make = () => {
    setFailure("");
    signIn.createSignInLink({ member, requestId: requestId() }).then(setLink, (error: unknown) => setFailure(explain(error, t).sentence));
  };
  if (link) {
    const until = link.expireTime ? f.dateTime(timestampDate(link.expireTime)) : "";
    return <CopyField label={m.invite} hint={m.inviteHint(until)} value={new URL(link.uri, location.origin).href} takesFocus />;
  }
  return (
    <div className="field">
      <button type="button" className="btn" onClick={make}>
        {m.inviteMake}
      </button>
      <Wrong sentence={failure} />
    </div>
  );
}
