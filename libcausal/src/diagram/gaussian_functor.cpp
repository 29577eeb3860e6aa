// All wires are affine images of the inputs and of noise: w = A x + b + N(0, S) for the vector w of all wires so far. A
// box adds rows to (A, b) and a border to S.
#include <string>

#include "causal/diagram/functor.hpp"
#include "causal/run/error.hpp"

namespace causal {

void GaussianFunctor::set_type(Name type, int dimension) {
  if (type.empty()) throw InvalidArgument("GaussianFunctor::set_type: a type needs a name");
  if (dimension < 0) {
    throw InvalidArgument("GaussianFunctor::set_type", "dimension of '" + type.text() + "'", std::to_string(dimension),
                          "at least 0");
  }
  dimensions_[type] = dimension;
}

void GaussianFunctor::set_box(Name label, GaussianMap map) {
  if (label.empty()) throw InvalidArgument("GaussianFunctor::set_box: a box needs a label");
  maps_.insert_or_assign(label, std::move(map));
}

void GaussianFunctor::set_reference(double mean, double variance) {
  if (!(variance > 0)) {
    throw InvalidArgument("GaussianFunctor::set_reference", "variance", std::to_string(variance), "positive");
  }
  reference_ = {mean, variance};
}

int GaussianFunctor::dimension(Name type) const {
  const auto found = dimensions_.find(type);
  if (found == dimensions_.end()) {
    throw InvalidArgument("GaussianFunctor", "type", "'" + type.text() + "'", "given a dimension");
  }
  return found->second;
}

GaussianMap GaussianFunctor::map_of(const Diagram& diagram, BoxId box, int in, int out) const {
  const BoxHead& head = diagram.head(box);
  switch (head.kind) {
    case BoxKind::Identity:
      return GaussianMap::identity(in);
    case BoxKind::Point:
      if (out != 1) throw InvalidArgument("GaussianFunctor: a point state on a type of dimension other than 1");
      return GaussianMap::point(Eigen::VectorXd::Constant(1, head.value));
    case BoxKind::Uniform:
      if (!reference_) {
        throw InvalidArgument("GaussianFunctor: there is no uniform Gaussian state", {},
                              "force a value by do_surgery, open the diagram, or give a reference state");
      }
      return GaussianMap::state(Eigen::VectorXd::Constant(out, reference_->first),
                                reference_->second * Eigen::MatrixXd::Identity(out, out));
    case BoxKind::Observe:
      throw InvalidArgument("GaussianFunctor: observations are no Gaussian channels", {},
                            "leave the wire an output and use `condition` on the result");
    case BoxKind::Generator:
      break;
  }
  const std::string name = "'" + head.label.text() + "'";
  const auto found = maps_.find(head.label);
  if (found == maps_.end()) throw InvalidArgument("GaussianFunctor", "box", name, "given a channel");
  const GaussianMap& map = found->second;
  if (map.in() != in || map.out() != out) {
    throw InvalidArgument("GaussianFunctor: the channel of " + name + " has not the shape of its box");
  }
  if (head.partial) throw InvalidArgument("GaussianFunctor: the box " + name + " is partial");
  if (head.deterministic && (map.s().array() != 0).any()) {
    throw InvalidArgument("GaussianFunctor: the channel of " + name + " has noise, though the box is deterministic");
  }
  return map;
}

GaussianMap GaussianFunctor::apply(const Diagram& diagram) const {
  std::vector<int> first(diagram.wires(), 0), width(diagram.wires(), 0);
  int total = 0, inputs = 0;
  for (WireId wire = 0; wire < diagram.wires(); ++wire) {
    width[wire] = dimension(diagram.type(wire));
    first[wire] = total;
    total += width[wire];
  }
  const auto coordinates = [&](std::span<const WireId> wires) {
    std::vector<int> list;
    for (const WireId wire : wires) {
      for (int i = 0; i < width[wire]; ++i) list.push_back(first[wire] + i);
    }
    return list;
  };
  const std::vector<int> dom = coordinates(diagram.dom());
  inputs = static_cast<int>(dom.size());
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(total, inputs), s = Eigen::MatrixXd::Zero(total, total);
  Eigen::VectorXd b = Eigen::VectorXd::Zero(total);
  for (int i = 0; i < inputs; ++i) a(dom[static_cast<std::size_t>(i)], i) = 1;

  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    const std::vector<int> in = coordinates(diagram.in(box)), out = coordinates(diagram.out(box));
    const GaussianMap map = map_of(diagram, box, static_cast<int>(in.size()), static_cast<int>(out.size()));
    const Eigen::MatrixXd shared = map.a() * s(in, Eigen::all);  // covariance of the new rows with all wires
    const Eigen::MatrixXd rows = map.a() * a(in, Eigen::all);
    const Eigen::VectorXd shift = map.a() * b(in) + map.b();
    const Eigen::MatrixXd corner = shared(Eigen::all, in) * map.a().transpose() + map.s();
    a(out, Eigen::all) = rows;
    b(out) = shift;
    s(out, Eigen::all) = shared;
    s(Eigen::all, out) = shared.transpose();
    s(out, out) = corner;
  }
  const std::vector<int> cod = coordinates(diagram.cod());
  const Eigen::MatrixXd covariance = s(cod, cod);
  return {a(cod, Eigen::all), b(cod), 0.5 * (covariance + covariance.transpose())};
}

}  // namespace causal
