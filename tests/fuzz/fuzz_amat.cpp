// The first byte chooses the layout, the rest is the text.
#include "round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using causal::io::GraphFormat;
  constexpr GraphFormat kFormats[] = {GraphFormat::AmatPcalg, GraphFormat::AmatCausalLearn, GraphFormat::AmatGadjid,
                                      GraphFormat::AmatLingam, GraphFormat::Tigramite};
  if (size == 0) return 0;
  causal::fuzz::check_graph(causal::fuzz::text_of(data + 1, size - 1), kFormats[data[0] % 5]);
  return 0;
}
