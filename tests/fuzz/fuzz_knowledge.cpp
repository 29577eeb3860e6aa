#include "causal/io/knowledge_file.hpp"
#include "round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal::io;
  std::string first;
  std::string as_text;
  try {
    const causal::Knowledge knowledge = read_knowledge(causal::fuzz::text_of(data, size), "fuzz");
    first = write_json_knowledge(knowledge);
    static_cast<void>(expand_patterns(knowledge, {"a", "ab", "b"}));
    as_text = write_tetrad_knowledge(knowledge);
  } catch (const causal::Error&) {  // a refusal is an answer
    return 0;
  }
  const std::string second = write_json_knowledge(read_knowledge(as_text, "written"));
  if (first != second) causal::fuzz::report(first, as_text + second);
  if (write_json_knowledge(read_knowledge(first, "written")) != first) causal::fuzz::report(first, "its own JSON");
  return 0;
}
