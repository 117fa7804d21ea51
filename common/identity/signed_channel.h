// Calls to other programs of the suite, in somebody's name.
#pragma once

#include <memory>

#include "common/identity/keys.h"
#include "common/rpc/call.h"
#include "common/rpc/transport.h"

namespace dangol::identity {

// A channel whose calls say that they are this principal's, whatever they said before; where no key signs here, they
// say nothing.
std::unique_ptr<rpc::Channel> CallAs(std::shared_ptr<rpc::Channel> channel, std::shared_ptr<Keys> keys,
                                     rpc::Principal principal);

}  // namespace dangol::identity
