#include <cstdlib>

#include "causal/diagram/normal_form.hpp"
#include "causal/io/diagram_json.hpp"
#include "causal/io/diagram_text.hpp"
#include "causal/run/error.hpp"
#include "round_trip.hpp"

/// What reads as a diagram is written and read again unchanged, can be drawn, and has a normal form that is a fixpoint.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal;
  try {
    const Diagram diagram = io::diagram_from_json(io::Json::parse(fuzz::text_of(data, size)));
    if (io::diagram_from_json(io::Json::parse(io::diagram_to_json(diagram).dump())) != diagram) std::abort();
    const Diagram normal = normal_form(diagram);
    if (normal_form(normal) != normal) std::abort();
    if (io::write_dot(diagram).empty() || io::write_tikz(diagram).empty()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
