#include "causal/diagram/surgery.hpp"

#include <algorithm>

#include "causal/run/error.hpp"
#include "diagram/copier.hpp"

namespace causal {

namespace {

using detail::Copier;
using detail::kNone;

/// Membership of labels by their number.
class LabelSet {
 public:
  explicit LabelSet(std::span<const Name> labels) {
    for (const Name label : labels) {
      if (label.empty()) continue;
      if (label.id() >= in_.size()) in_.resize(label.id() + 1, false);
      in_[label.id()] = true;
    }
  }
  [[nodiscard]] bool contains(Name label) const { return label.id() < in_.size() && in_[label.id()]; }

 private:
  std::vector<bool> in_;
};

BoxId only_box(const Diagram& diagram, Name label, const char* function) {
  const std::vector<BoxId> found = diagram.find(label);
  if (label.empty() || found.size() != 1) {
    throw InvalidArgument(function, "label", "'" + label.text() + "'",
                          "the label of exactly one box (there are " + std::to_string(found.size()) + ")");
  }
  return found[0];
}

}  // namespace

Diagram cut(const Diagram& diagram, const std::vector<Name>& labels) {
  const LabelSet cut_here(labels);
  Copier copier(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (cut_here.contains(diagram.head(b).label)) {
      copier.put(b, uniform_box(), {});
    } else {
      copier.keep(b);
    }
  }
  return copier.finish();
}

Diagram do_surgery(const Diagram& diagram, const std::vector<Assignment>& values) {
  std::vector<Name> labels;
  for (const Assignment& assignment : values) labels.push_back(assignment.label);
  const LabelSet forced(labels);
  Copier copier(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const Name label = diagram.head(b).label;
    if (!forced.contains(label)) {
      copier.keep(b);
      continue;
    }
    if (diagram.out(b).size() != 1) {
      throw InvalidArgument("do_surgery", "label", "'" + label.text() + "'", "that of boxes with one output");
    }
    const auto last =
        std::find_if(values.rbegin(), values.rend(), [&](const Assignment& a) { return a.label == label; });
    copier.put(b, point_box(last->value), {});
  }
  return copier.finish();
}

Diagram open(const Diagram& diagram, const std::vector<Name>& labels) {
  const LabelSet opened(labels);
  Copier copier(diagram);
  for (const Name label : labels) {
    for (const WireId wire : diagram.out(only_box(diagram, label, "open"))) {
      if (copier.here(wire) != kNone) throw InvalidArgument("open", "label", "'" + label.text() + "'", "given once");
      copier.here(wire) = copier.builder().input(diagram.type(wire));
    }
  }
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (!opened.contains(diagram.head(b).label)) copier.keep(b);
  }
  return copier.finish();
}

Diagram soft(const Diagram& diagram, Name label, const BoxHead& replacement, const std::vector<Name>& parents) {
  const BoxId target = only_box(diagram, label, "soft");
  DiagramParts parts = diagram.parts();
  auto& box = parts.boxes[target];
  box.head = replacement;
  box.in.clear();
  for (const Name parent : parents) {
    const auto out = diagram.out(only_box(diagram, parent, "soft"));
    if (out.size() != 1) throw InvalidArgument("soft", "parent", "'" + parent.text() + "'", "a box with one output");
    box.in.push_back(out[0]);
  }
  if (const auto wrong = violation(parts)) {
    throw InvalidArgument("soft: with these parents of '" + label.text() + "', " + *wrong);
  }
  return Diagram(parts);
}

Diagram substitute(const Diagram& diagram, Name label, const Diagram& part) {
  Copier copier(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (label.empty() || diagram.head(b).label != label) {
      copier.keep(b);
      continue;
    }
    if (diagram.types_of(diagram.out(b)) != part.cod_types()) {
      throw InvalidArgument("substitute: the part has not the output types of the boxes '" + label.text() + "'");
    }
    const std::vector<WireId> outputs = copier.builder().append(part, copier.inputs_of(b));
    for (std::size_t i = 0; i < outputs.size(); ++i) copier.here(diagram.out(b)[i]) = outputs[i];
  }
  return copier.finish();
}

Diagram propagate_observations(const Diagram& diagram) {
  std::vector<BoxId> observer(diagram.wires(), kNone);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (diagram.head(b).kind != BoxKind::Observe) continue;
    if (BoxId& first = observer[diagram.in(b)[0]]; first == kNone) first = b;
  }
  Copier copier(diagram);
  std::vector<WireId> real(diagram.wires(), kNone);  // the wire that observations go on reading
  const auto replace = [&](WireId wire) {
    if (observer[wire] == kNone) return;
    real[wire] = copier.here(wire);
    copier.here(wire) = copier.builder().box(point_box(diagram.head(observer[wire]).value), {}, {diagram.type(wire)});
  };
  for (const WireId wire : diagram.dom()) replace(wire);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (diagram.head(b).kind == BoxKind::Observe) {
      copier.put(b, diagram.head(b), std::span(&real[diagram.in(b)[0]], 1));
    } else {
      copier.keep(b);
    }
    for (const WireId wire : diagram.out(b)) replace(wire);
  }
  return copier.finish();
}

Diagram observe_output(const Diagram& diagram, std::size_t position, double value) {
  if (position >= diagram.cod().size()) {
    throw InvalidArgument("observe_output", "position", std::to_string(position),
                          "below the number of outputs (" + std::to_string(diagram.cod().size()) + ")");
  }
  Copier copier(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) copier.keep(b);
  copier.builder().box(observe_box(value), {copier.here(diagram.cod()[position])}, {});
  for (std::size_t i = 0; i < diagram.cod().size(); ++i) {
    if (i != position) copier.builder().output(copier.here(diagram.cod()[i]));
  }
  return copier.builder().build();
}

}  // namespace causal
