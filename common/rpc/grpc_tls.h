// Credentials of gRPC from the files of TLS. For GrpcServer and GrpcChannel only.
#pragma once

#include <memory>

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include "common/rpc/tls.h"

namespace dangol::rpc::grpc_internal {

// Without TLS where there are no files.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const TlsFiles& files);
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const TlsFiles& files);

}  // namespace dangol::rpc::grpc_internal
