// labels: oracle
#include "causal/scm/network_functor.hpp"

#include <string>

#include "causal/diagram/network.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/io/bif.hpp"
#include "causal/io/file.hpp"
#include "causal/scm/network_query.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

BayesianNetwork shipped(const std::string& name) {
  const std::string path = std::string(CAUSAL_SOURCE_DIR) + "/data/" + name;
  const io::MappedFile file(path);
  return io::read_bif(file.bytes(), path).network;
}

}  // namespace

TEST_CASE("the diagram of ALARM has the marginals of the network, before and after surgery") {
  const BayesianNetwork alarm = shipped("alarm.bif");
  const FiniteFunctor functor = network_functor(alarm);
  for (NodeId v = 0; v < alarm.n(); ++v) {
    const NodeId x = (v + 7) % alarm.n();
    const Diagram diagram = network_diagram(alarm.dag(), {v});
    const std::string& name = alarm.variable(x).name;
    const std::vector<double> seen = query(alarm, {.target = {v}}).distribution->values();
    const std::vector<double> forced = query(alarm, {.target = {v}, .interventions = {{x, 1}}}).distribution->values();
    const FiniteMap before = *evaluate(functor, diagram).map;
    const FiniteMap after = *evaluate(functor, do_surgery(diagram, {{name, 1}})).map;
    const FiniteMap opened = *evaluate(functor, open(diagram, {name})).map;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CHECK(before(i, 0) == doctest::Approx(seen[i]).epsilon(1e-12));
      CHECK(after(i, 0) == doctest::Approx(forced[i]).epsilon(1e-12));
      CHECK(opened(i, 1) == doctest::Approx(forced[i]).epsilon(1e-12));
    }
  }
}
