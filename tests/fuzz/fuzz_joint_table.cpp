#include <cmath>

#include "causal/io/joint_table.hpp"
#include "round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal;
  try {
    const JointTable table = io::parse_joint_table(fuzz::text_of(data, size), {.threads = 1}, "fuzz");
    if (!(std::abs(table.joint.total() - 1) < 1e-9)) fuzz::report("a joint table", "that does not sum to one");
  } catch (const Error&) {
  }
  return 0;
}
