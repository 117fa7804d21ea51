// Streams outlive the moment at which they were let in.
#pragma once

#include <memory>

#include "common/base/runtime.h"
#include "common/rpc/authorization.h"
#include "common/rpc/transport.h"

namespace dangol::rpc {

// The same call, whose caller is looked at again before a message is written, at most every few seconds: a stream whose
// credential was revoked ends with UNAUTHENTICATED and says nothing more. One that has merely expired
// (CREDENTIAL_EXPIRED) is followed by another, and the stream goes on. Where the call has no credential it is returned
// as it is.
std::shared_ptr<ServerStreamCall> Guarded(std::shared_ptr<ServerStreamCall> call, Runtime& runtime,
                                          Authorizer& authorizer);

}  // namespace dangol::rpc
