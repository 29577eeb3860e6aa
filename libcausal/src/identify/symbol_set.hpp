#pragma once
// Operations on sorted sets of symbols.

#include <algorithm>
#include <iterator>

#include "causal/identify/expression.hpp"

namespace causal::identification {

inline bool contains(const SymbolSet& set, Symbol s) { return std::binary_search(set.begin(), set.end(), s); }

inline SymbolSet merged(const SymbolSet& a, const SymbolSet& b) {
  SymbolSet all;
  all.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

inline SymbolSet without(const SymbolSet& a, const SymbolSet& b) {
  SymbolSet rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace causal::identification
