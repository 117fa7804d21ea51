#include "common/service/process.h"
#include "services/metrics/service.h"

int main(int argc, char** argv) { return dangol::service::ServiceMain(dangol::metrics::MetricsService(), argc, argv); }
