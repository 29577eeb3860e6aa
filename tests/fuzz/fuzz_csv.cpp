// The first bytes choose the options, the rest is the text.
#include <cstdint>
#include <sstream>

#include "causal/io/csv.hpp"
#include "causal/run/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned flags = data[0];
  causal::io::CsvOptions options;
  options.threads = 1;
  options.header = (flags & 1U) == 0;
  if ((flags & 2U) != 0) options.comment = '#';
  if ((flags & 4U) != 0) options.quote = '\0';
  if ((flags & 8U) != 0) options.na.emplace_back("-9");
  if ((flags & 16U) != 0) options.delimiter = ';';
  if ((flags & 32U) != 0) options.types = {{"a", causal::VariableType::Discrete}};
  try {
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto result = causal::io::parse_csv(text, options);
    std::ostringstream out;
    causal::io::write_csv(out, result.data);
  } catch (const causal::Error&) {  // a refusal is an answer
  }
  return 0;
}
