#include "causal/bandits/environment/action.hpp"

#include "causal/run/error.hpp"

namespace causal::bandits {

std::uint64_t action_index(const Action& action) {
  if (action.size() > 63) {
    throw InvalidArgument("action_index", "nodes", std::to_string(action.size()), "be at most 63");
  }
  std::uint64_t index = 0;
  for (const std::uint8_t bit : action) {
    if (bit > 1) throw InvalidArgument("action_index", "bit", std::to_string(int{bit}), "be 0 or 1");
    index = index << 1 | bit;
  }
  return index;
}

Action action_from_index(std::uint64_t index, int n) {
  if (n < 0 || n > 63) throw InvalidArgument("action_from_index", "n", std::to_string(n), "lie in [0, 63]");
  if (index >> n != 0) {
    throw InvalidArgument("action_from_index", "index", std::to_string(index), "be less than 2^n");
  }
  Action action(static_cast<std::size_t>(n));
  for (std::size_t i = action.size(); i-- > 0; index >>= 1) action[i] = static_cast<std::uint8_t>(index & 1);
  return action;
}

std::string action_hex(const Action& action) {
  std::string text;
  for (std::size_t i = 0; i < action.size(); i += 4) {
    unsigned digit = 0;
    for (std::size_t j = i; j < i + 4; ++j) digit = digit << 1 | (j < action.size() ? action[j] : 0U);
    text += "0123456789abcdef"[digit];
  }
  return text;
}

std::string action_text(const Action& action) {
  std::string text;
  for (const std::uint8_t entry : action) {
    if (!text.empty()) text += '.';
    text += std::to_string(int{entry});
  }
  return text;
}

}  // namespace causal::bandits
