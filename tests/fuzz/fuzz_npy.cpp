#include <cstdint>
#include <sstream>

#include "causal/io/npy.hpp"
#include "causal/run/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto table = causal::io::parse_npy({reinterpret_cast<const char*>(data), size});
    std::ostringstream out;
    causal::io::write_npy(out, table);
  } catch (const causal::Error&) {  // a refusal is an answer
  }
  return 0;
}
