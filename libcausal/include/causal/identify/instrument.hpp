#pragma once
// Instruments: variables that move X and reach Y through X alone, given covariates.

#include <optional>
#include <string>
#include <vector>

#include "causal/graph/separation.hpp"

namespace causal {

/// Whether (z, w) is a conditional instrument and, when it is not, why.
struct InstrumentReport {
  bool valid = false;
  Walk witness;        ///< The walk by which z reaches y other than through x, if that is what is wrong.
  std::string reason;  ///< Empty when valid; else a sentence.
};

/// Is z an instrument for the effect of x on y given w? It is when
///   (1) w and z hold no forbidden node: x, the nodes on directed paths from x to y, and what is below those,
///   (2) z and x are not m-separated given w,
///   (3) z and y are m-separated given w once the edges that start directed paths from x to y are taken away.
/// In a linear model the effect then is cov(y, z | w) / cov(x, z | w).
///
/// Takes a Dag, of which z and w are measured, or an Admg. O(n + m). Errors: InvalidArgument for an unknown node or
/// nodes that coincide. Source: Brito and Pearl, "Generalized instrumental variables", UAI 2002.
[[nodiscard]] InstrumentReport check_instrument(SeparationGraph graph, NodeId x, NodeId y, NodeId z, const NodeSet& w);

/// An instrument and the covariates it needs.
struct Instrument {
  NodeId node = 0;
  NodeSet given;
  friend bool operator==(const Instrument&, const Instrument&) = default;
};

struct InstrumentSearch {
  /// The ancestral instruments, ascending, each with one set of covariates.
  std::vector<Instrument> instruments;
  std::string reason;  ///< Without an instrument: a sentence; else empty.
};

/// All ancestral instruments for the effect of x on y among `allowed` (nothing: every node but x and y): the nodes z
/// that are instruments given allowed nodes upstream of y or z. Each comes with the covariates it needs: a minimal set
/// where one does, else the ones nearest to y. Leave out of `allowed` what was not measured.
///
/// There is one whenever some node is an instrument given some allowed nodes at all. A node that is one only given
/// something downstream, which opens a collider, may be missing: to find all those is NP-hard. O(n (n + m)).
/// Errors: InvalidArgument for an unknown node and for x = y; nodes x and y in `allowed` are passed over.
/// Source: van der Zander, Textor and Liskiewicz, "Efficiently finding conditional instruments for causal inference",
/// IJCAI 2015.
[[nodiscard]] InstrumentSearch find_instruments(SeparationGraph graph, NodeId x, NodeId y,
                                                const std::optional<NodeSet>& allowed = {});

}  // namespace causal
