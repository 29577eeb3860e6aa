#pragma once
// ADMGs written as chains: "W->Z->X->Y W<->X".

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "causal/graph/admg.hpp"

namespace causal::test {

/// Chains of names joined by -> or <->, separated by blanks; nodes in byte order of their names.
inline Admg admg_of(std::string_view text) {
  struct Link {
    std::string from, to;
    bool both;
  };
  std::vector<Link> links;
  std::vector<std::string> names;
  std::istringstream words{std::string(text)};
  for (std::string chain; words >> chain;) {
    std::size_t at = 0;
    std::string previous;
    bool both = false;
    while (true) {
      const std::size_t arrow = chain.find("->", at);
      const bool bidirected_next = arrow != std::string::npos && arrow > at && chain[arrow - 1] == '<';
      const std::size_t end = arrow == std::string::npos ? chain.size() : arrow - (bidirected_next ? 1 : 0);
      const std::string name = chain.substr(at, end - at);
      names.push_back(name);
      if (!previous.empty()) links.push_back({previous, name, both});
      if (arrow == std::string::npos) break;
      previous = name;
      both = bidirected_next;
      at = arrow + 2;
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto id = [&](const std::string& name) {
    return static_cast<NodeId>(std::lower_bound(names.begin(), names.end(), name) - names.begin());
  };
  std::vector<Edge> edges;
  for (const Link& link : links) {
    edges.push_back(link.both ? bidirected(id(link.from), id(link.to)) : directed(id(link.from), id(link.to)));
  }
  return Admg(MixedGraph(names, std::move(edges)));
}

/// Ids of names separated by blanks, ascending.
inline NodeSet nodes_of(const Admg& admg, std::string_view text) {
  NodeSet set;
  std::istringstream words{std::string(text)};
  for (std::string name; words >> name;) set.push_back(admg.graph().id(name));
  std::sort(set.begin(), set.end());
  return set;
}

}  // namespace causal::test
