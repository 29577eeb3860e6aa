#include "causal/identify/transport.hpp"

#include <algorithm>

#include "causal/graph/latent_projection.hpp"
#include "causal/identify/do_calculus.hpp"
#include "causal/run/error.hpp"
#include "identify/conditional.hpp"
#include "identify/district_factor.hpp"
#include "identify/query_check.hpp"

namespace causal {
namespace {

using Reason = SourceFailure::Reason;

// What is measured of the source's graph, with the node ids of the whole: the others stay as lone nodes.
Admg measured_graph(const Admg& admg, const NodeSet& experiment, const NodeBits& measured) {
  const Admg acted = mutilated(admg, experiment);
  const NodeSet latents = (NodeBits::all(admg.n()) - measured).nodes();
  if (latents.empty()) return acted;
  const Admg projection = latent_projection(acted, latents);
  std::vector<Edge> edges;
  for (Edge edge : projection.graph().edges()) {
    edge.from = admg.graph().id(projection.graph().name(edge.from));
    edge.to = admg.graph().id(projection.graph().name(edge.to));
    edges.push_back(edge);
  }
  return Admg(MixedGraph(admg.graph().names(), std::move(edges)));
}

// A source made ready to be asked for districts.
class Source {
 public:
  Source(const Admg& admg, const TransportSource& source, ExpressionPool& pool)
      : whole_(admg),
        experiment_(admg.n(), source.experiment),
        differs_(admg.n(), source.differs),
        measured_((source.measured ? NodeBits(admg.n(), *source.measured) : NodeBits::all(admg.n())) | experiment_),
        observed_(measured_ - experiment_),
        rows_(measured_graph(admg, source.experiment, measured_)),
        given_(pool, admg.n(), rows_.ordered(observed_), symbols_of(source.experiment), source.domain) {}

  [[nodiscard]] std::variant<Expression, SourceFailure> factor(const NodeBits& district) const {
    if (const NodeBits acted = district & experiment_; !acted.empty()) {
      return SourceFailure{Reason::Acted, acted.first(), {}};
    }
    if (const NodeBits other = district & differs_; !other.empty()) {
      return SourceFailure{Reason::Differs, other.first(), {}};
    }
    NodeBits needed = district;
    district.for_each([&](NodeId v) {
      for (const NodeId p : whole_.graph().parents(v)) needed.insert(p);
    });
    if (const NodeBits missing = needed - measured_; !missing.empty()) {
      return SourceFailure{Reason::Unmeasured, missing.first(), {}};
    }
    auto q = identification::district_factor(rows_, district, given_, observed_);
    if (const Hedge* hedge = std::get_if<Hedge>(&q)) return SourceFailure{Reason::Hedge, -1, *hedge};
    return std::get<Expression>(std::move(q));
  }

 private:
  const Admg& whole_;
  NodeBits experiment_, differs_, measured_, observed_;
  AdmgRows rows_;
  identification::CurrentDistribution given_;
};

std::vector<TransportSource> checked(const Admg& admg, std::vector<TransportSource> sources) {
  for (TransportSource& source : sources) {
    if (source.domain < 0) {
      throw InvalidArgument("identify_from_sources", "domain", std::to_string(source.domain), "not be negative");
    }
    if (source.domain == 0 && !source.differs.empty()) {
      throw InvalidArgument("domain 0 is the population asked about and cannot differ from itself",
                            "identify_from_sources", "give the source a domain above 0");
    }
    identification::check_query_sets("identify_from_sources", admg.graph(), {{"experiment", &source.experiment}});
    identification::check_query_sets("identify_from_sources", admg.graph(), {{"differs", &source.differs}});
    if (source.measured) {
      identification::check_query_sets("identify_from_sources", admg.graph(), {{"measured", &*source.measured}});
    }
  }
  return sources;
}

}  // namespace

TransportResult identify_from_sources(const Admg& admg, const EffectQuery& query,
                                      const std::vector<TransportSource>& sources) {
  EffectQuery asked = query;
  identification::check_query_sets("identify_from_sources", admg.graph(),
                                   {{"y", &asked.y}, {"x", &asked.x}, {"z", &asked.z}});
  if (asked.y.empty()) throw InvalidArgument("identify_from_sources", "y", "{}", "not be empty");
  std::vector<DerivationStep> steps = identification::exchange_observations(admg, asked);
  const NodeSet outcome = identification::united(asked.y, asked.z);

  ExpressionPool pool;
  const std::vector<TransportSource> known = checked(admg, sources);
  std::vector<Source> ready;
  ready.reserve(known.size());
  for (const TransportSource& source : known) ready.emplace_back(admg, source, pool);

  const AdmgRows graph(admg);
  const NodeBits y(admg.n(), outcome);
  const NodeBits relevant = graph.ancestors(y, NodeBits::all(admg.n()) - NodeBits(admg.n(), asked.x));
  std::vector<Expression> factors;
  for (const NodeBits& district : graph.districts(relevant)) {
    NotTransportable no{district.nodes(), {}, outcome, asked.x};
    std::optional<Expression> found;
    for (const Source& source : ready) {
      const auto q = source.factor(district);
      if (const auto* failure = std::get_if<SourceFailure>(&q)) {
        no.failures.push_back(*failure);
      } else {
        found = std::get<Expression>(q);
        break;
      }
    }
    if (!found) return no;
    factors.push_back(*found);
  }
  Expression effect = pool.sum(symbols_of((relevant - y).nodes()), pool.product(std::move(factors)));
  if (!asked.z.empty()) effect = pool.fraction(effect, pool.sum(symbols_of(asked.y), effect));
  return Identified{effect, identification::free_context(effect, asked), std::move(steps)};
}

std::string failure_text(const SourceFailure& failure, std::size_t source, const std::vector<std::string>& names) {
  const std::string start = "source " + std::to_string(source + 1) + ": ";
  const auto list = [&](const NodeSet& nodes) {
    std::string out;
    for (const NodeId v : nodes) out += (out.empty() ? "" : ", ") + names[slot(v)];
    return "{" + out + "}";
  };
  switch (failure.reason) {
    case Reason::Acted:
      return start + "its experiment sets " + names[slot(failure.node)];
    case Reason::Differs:
      return start + "the mechanism of " + names[slot(failure.node)] + " may differ";
    case Reason::Unmeasured:
      return start + names[slot(failure.node)] + " is not measured";
    case Reason::Hedge:
      break;
  }
  return start + "hedge " + list(failure.hedge.outer) + ", " + list(failure.hedge.inner);
}

}  // namespace causal
