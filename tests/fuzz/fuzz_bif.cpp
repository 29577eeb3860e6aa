#include "causal/io/bif.hpp"
#include "round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal;
  std::string written;
  BayesianNetwork network;
  try {
    network = io::read_bif(fuzz::text_of(data, size), "fuzz").network;
    written = io::write_bif(network);
  } catch (const Error&) {
    return 0;
  }
  const BayesianNetwork back = io::read_bif(written, "written").network;
  if (!(back == network)) fuzz::report(written, io::write_bif(back));
  return 0;
}
