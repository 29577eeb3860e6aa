#pragma once
// Actions: which nodes are intervened on.

#include <cstdint>
#include <string>
#include <vector>

namespace causal::bandits {

/// One entry a node. In an environment with two settings a node, as all linear ones, it is a bit: 1 where the node's
/// mechanism is the intervened one. In a discrete environment 0 leaves the node alone and v + 1 sets it to its level v.
using Action = std::vector<std::uint8_t>;

/// The action as a number: node 0 is the most significant of its n bits. Ascending numbers are the lexicographic order
/// of actions. Errors: InvalidArgument for more than 63 nodes or a bit other than 0 and 1.
[[nodiscard]] std::uint64_t action_index(const Action& action);
/// The inverse of action_index. Errors: InvalidArgument unless 0 <= n <= 63 and index < 2^n.
[[nodiscard]] Action action_from_index(std::uint64_t index, int n);
/// As text, node 0 first, four bits a digit, the last digit padded with zeros: {1,1,0,0,1} is "c8".
[[nodiscard]] std::string action_hex(const Action& action);
/// Any action as text, the entries in decimal, node 0 first: {0, 2, 1} is "0.2.1".
[[nodiscard]] std::string action_text(const Action& action);

}  // namespace causal::bandits
