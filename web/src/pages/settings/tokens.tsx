// With which tokens programs call, and what each may do.
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import { TokenService, type Token } from "@protos/dangol/gateway/v1/token_service_pb";
import { failureOf } from "../../base/api";
import { idOf, requestId } from "../../base/ids";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { say, sayFailure } from "../../base/toast";
import { dateOf } from "../../format/time";
import { Failure } from "../../parts/small";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";
import { SecretDialog } from "./secret_dialog";
import { readTokensAnew, tokens } from "./token_api";
import { TokenDialog } from "./token_dialog";

const TOKENS_MAX = 1000;
// So long the secret before it is taken, too: time to put the new one in its place.
const OVERLAP_SECONDS = 86_400n;

function Row({ token, onSecret }: { token: Token; onSecret: (token: Token) => void }) {
  const { t, f } = useWords();
  const k = t.settings.token;
  const now = useNow();
  const [revoking, setRevoking] = useState(false);
  const revoked = dateOf(token.revokeTime);
  const expires = dateOf(token.expireTime);
  const past = revoked !== undefined || (expires !== undefined && expires <= now);
  const change = (call: Promise<Token>, done: (token: Token) => void) =>
    void call.then(done, (error: unknown) => sayFailure(error, t)).finally(() => void readTokensAnew());
  const common = { name: token.name, etag: token.etag };
  const rotate = () => change(tokens.rotateToken({ ...common, overlapSeconds: OVERLAP_SECONDS, requestId: requestId() }), onSecret);
  const revoke = () => change(tokens.revokeToken({ ...common, requestId: requestId() }), () => say(k.revoked));
  return (
    <tr>
      <th scope="row">{idOf(token.name)}</th>
      <td>
        <span className="chips">
          {[...token.roles.map((role) => k.roles[role] ?? role), ...token.permissions].map((one) => (
            <span key={one} className="chip line">
              {one}
            </span>
          ))}
        </span>
      </td>
      <td className={past ? "t3" : ""}>{revoked ? k.revokedOn(f.date(revoked)) : expires ? k.until(f.date(expires), past) : k.forever}</td>
      <td className="acts">
        {past || !may("tokens.write") ? null : revoking ? (
          <>
            <button type="button" className="btn danger" onClick={revoke}>
              {k.revokeSure}
            </button>
            <button type="button" className="btn quiet" onClick={() => setRevoking(false)}>
              {t.action.cancel}
            </button>
          </>
        ) : (
          <>
            <button type="button" className="btn quiet" onClick={rotate}>
              {k.rotate}
            </button>
            <button type="button" className="btn quiet" onClick={() => setRevoking(true)}>
              {k.revoke}
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

export function Tokens() {
  const { t } = useWords();
  const k = t.settings.token;
  const query = useQuery(TokenService.method.listTokens, { pageSize: TOKENS_MAX });
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Token>();
  const all = query.data?.tokens ?? [];
  return (
    <section className="lead">
      <h2>{t.settings.parts.tokens}</h2>
      <p className="sub">{k.text}</p>
      {failureOf(query) ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        may("tokens.write") && (
          <p className="alt">
            <button type="button" className="btn primary" onClick={() => setAdding(true)}>
              {k.add}
            </button>
          </p>
        )
      )}
      {query.data && !all.length && <p className="sub">{k.none}</p>}
      {all.length > 0 && (
        <Table label={t.settings.parts.tokens} head={[k.name, k.may, k.state, ""]}>
          {all.map((token) => (
            <Row key={token.name} token={token} onSecret={setMade} />
          ))}
        </Table>
      )}
      {adding && (
        <TokenDialog
          onMade={(token) => {
            setMade(token);
            void readTokensAnew();
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {made && <SecretDialog token={made} onClose={() => setMade(undefined)} />}
    </section>
  );
}
