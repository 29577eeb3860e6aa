#pragma once
// Bayesian networks in the Interchange Format for Bayesian Networks (.bif), as written by bnlearn and others.

#include <string>
#include <string_view>
#include <vector>

#include "causal/scm/bayesian_network.hpp"

namespace causal::io {

/// A network, its name, and what was mended while reading it.
struct BifModel {
  BayesianNetwork network;
  std::string name;
  std::vector<std::string> warnings;  ///< One per variable some of whose distributions were renormalised.
};

/// Reads `network`, `variable` and `probability` blocks. Names and levels are words (all but blanks and , ; | ( ) { }
/// [ ] ") or quoted. A conditional distribution is an entry `(values of the parents) p, ...;`, the `default p, ...;` of
/// those without an entry, or one `table` with the child slowest and the last parent fastest; commas are optional;
/// `property` lines and comments (// and /* */) are passed over. Nodes keep the order of their variable blocks.
///
/// A distribution that misses 1 by at most 1e-3 is renormalised with a warning.
/// Errors: ParseError `file:line:column` for anything else that is not of this form, an undeclared or repeated
/// variable, a missing, repeated or negative probability, a table of more than 2^24 cells; GraphError for a cycle.
[[nodiscard]] BifModel read_bif(std::string_view text, const std::string& file);

/// Writes `network` so that read_bif gives it back, bit for bit; latents are not held by the format.
/// Errors: InvalidArgument for a name or level with a line end, which the format cannot hold.
[[nodiscard]] std::string write_bif(const BayesianNetwork& network, const std::string& name = "unknown");

}  // namespace causal::io
