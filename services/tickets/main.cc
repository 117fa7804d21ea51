#include "common/service/process.h"
#include "services/tickets/service.h"

int main(int argc, char** argv) { return dangol::service::ServiceMain(dangol::tickets::TicketsService(), argc, argv); }
