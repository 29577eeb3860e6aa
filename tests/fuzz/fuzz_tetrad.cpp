#include "round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  causal::fuzz::check_graph(causal::fuzz::text_of(data, size), causal::io::GraphFormat::Tetrad);
  return 0;
}
