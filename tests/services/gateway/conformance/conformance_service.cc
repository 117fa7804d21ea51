#include "tests/services/gateway/conformance/conformance_service.h"

#include <chrono>
#include <string>
#include <thread>

#include "google/rpc/status.pb.h"
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "tests/services/gateway/conformance/conformance.grpc.pb.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;
using RequestInfo = v1::ConformancePayload::RequestInfo;

RequestInfo InfoOf(const grpc::ServerContext& context, const google::protobuf::Message& request) {
  RequestInfo info;
  for (const auto& [key, value] : context.client_metadata()) {
    v1::Header* header = info.add_request_headers();
    header->set_name(std::string(key.data(), key.size()));
    header->add_value(std::string(value.data(), value.size()));
  }
  const auto deadline = context.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    const auto left = deadline - std::chrono::system_clock::now();
    info.set_timeout_ms(std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
  }
  info.add_requests()->PackFrom(request);
  return info;
}

template <typename Definition>
void AddMetadata(const Definition& definition, grpc::ServerContext& context) {
  for (const v1::Header& header : definition.response_headers()) {
    for (const std::string& value : header.value()) context.AddInitialMetadata(header.name(), value);
  }
  for (const v1::Header& header : definition.response_trailers()) {
    for (const std::string& value : header.value()) context.AddTrailingMetadata(header.name(), value);
  }
}

// Until the call is over, at most.
void Delay(const grpc::ServerContext& context, uint32_t milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (!context.IsCancelled() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// With the request's information behind the details, where there is any.
grpc::Status StatusOf(const v1::Error& error, const RequestInfo* info) {
  google::rpc::Status details;
  details.set_code(error.code());
  details.set_message(error.message());
  *details.mutable_details() = error.details();
  if (info != nullptr) details.add_details()->PackFrom(*info);
  const bool has_details = details.details_size() > 0;
  return {static_cast<grpc::StatusCode>(error.code()), error.message(),
          has_details ? details.SerializeAsString() : std::string()};
}

template <typename Request>
grpc::Status AnswerUnary(grpc::ServerContext& context, const Request& request, v1::ConformancePayload& payload) {
  const v1::UnaryResponseDefinition& definition = request.response_definition();
  const RequestInfo info = InfoOf(context, request);
  AddMetadata(definition, context);
  Delay(context, definition.response_delay_ms());
  if (definition.has_error()) return StatusOf(definition.error(), &info);
  payload.set_data(definition.response_data());
  *payload.mutable_request_info() = info;
  return grpc::Status::OK;
}

class Service : public v1::ConformanceService::Service {
 public:
  grpc::Status Unary(grpc::ServerContext* context, const v1::UnaryRequest* request,
                     v1::UnaryResponse* response) override {
    return AnswerUnary(*context, *request, *response->mutable_payload());
  }

  grpc::Status IdempotentUnary(grpc::ServerContext* context, const v1::IdempotentUnaryRequest* request,
                               v1::IdempotentUnaryResponse* response) override {
    return AnswerUnary(*context, *request, *response->mutable_payload());
  }

  grpc::Status ServerStream(grpc::ServerContext* context, const v1::ServerStreamRequest* request,
                            grpc::ServerWriter<v1::ServerStreamResponse>* writer) override {
    const v1::StreamResponseDefinition& definition = request->response_definition();
    const RequestInfo info = InfoOf(*context, *request);
    AddMetadata(definition, *context);
    writer->SendInitialMetadata();
    for (int i = 0; i < definition.response_data_size(); ++i) {
      Delay(*context, definition.response_delay_ms());
      v1::ServerStreamResponse response;
      response.mutable_payload()->set_data(definition.response_data(i));
      if (i == 0) *response.mutable_payload()->mutable_request_info() = info;
      if (!writer->Write(response)) return grpc::Status::CANCELLED;
    }
    if (!definition.has_error()) return grpc::Status::OK;
    return StatusOf(definition.error(), definition.response_data().empty() ? &info : nullptr);
  }
};

}  // namespace

struct ConformanceServer::State {
  Service service;
  std::unique_ptr<grpc::Server> server;  // below the service, which it uses to its end
};

ConformanceServer::ConformanceServer() : state_(std::make_unique<State>()) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(&state_->service);
  state_->server = builder.BuildAndStart();
}

ConformanceServer::~ConformanceServer() {
  if (state_->server != nullptr) state_->server->Shutdown(std::chrono::system_clock::now());
}

}  // namespace dangol::gateway
