#include "common/service/process.h"
#include "services/backlog/service.h"

int main(int argc, char** argv) { return dangol::service::ServiceMain(dangol::backlog::BacklogService(), argc, argv); }
