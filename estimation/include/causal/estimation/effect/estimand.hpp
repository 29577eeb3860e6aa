#pragma once
// Over which population an effect is averaged.

#include <array>
#include <string_view>
#include <utility>

#include "causal/run/options.hpp"

namespace causal::estimation {

enum class Estimand {
  Ate,     ///< All rows.
  Att,     ///< The treated.
  Atc,     ///< The controls.
  Overlap  ///< Rows weighted by e (1 - e): where both arms occur.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::Estimand> {
  using E = causal::estimation::Estimand;
  static constexpr std::array<std::pair<E, std::string_view>, 4> names{
      {{E::Ate, "ate"}, {E::Att, "att"}, {E::Atc, "atc"}, {E::Overlap, "overlap"}}};
};
