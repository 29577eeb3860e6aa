#include "causal/bandits/policy/infrequency.hpp"

#include <algorithm>
#include <string>

#include "causal/run/error.hpp"

namespace causal::bandits {

int infrequency(std::span<const double> probabilities) {
  for (const double value : probabilities) {
    if (!(value >= 0 && value <= 1)) {
      throw InvalidArgument("infrequency", "probability", std::to_string(value), "lie in [0, 1]");
    }
  }
  for (int m = 2;; ++m) {
    const auto rare = std::count_if(probabilities.begin(), probabilities.end(), [&](double q) { return q < 1.0 / m; });
    if (rare <= m) return m;
  }
}

}  // namespace causal::bandits
