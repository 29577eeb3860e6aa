#include "json_list.hpp"

namespace causal::cli {

io::Json json_list(const std::vector<std::string>& texts) {
  io::Json list = io::Json::array();
  for (const std::string& text : texts) list.push(text);
  return list;
}

}  // namespace causal::cli
