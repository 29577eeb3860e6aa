#include "round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using causal::io::Json;
  Json first;
  try {
    first = Json::parse(causal::fuzz::text_of(data, size), "fuzz");
  } catch (const causal::Error&) {  // a refusal is an answer
    return 0;
  }
  for (const int indent : {-1, 2}) {
    if (Json::parse(first.dump(indent)) != first) causal::fuzz::report(first.dump(), first.dump(indent));
  }
  return 0;
}
