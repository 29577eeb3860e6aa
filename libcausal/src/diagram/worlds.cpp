#include "causal/diagram/worlds.hpp"

#include <algorithm>
#include <unordered_set>

#include "causal/diagram/normal_form.hpp"
#include "causal/run/error.hpp"

namespace causal {

namespace {

bool is_root(const Diagram& model, BoxId box) { return !model.head(box).deterministic && model.in(box).empty(); }

void check_model(const Diagram& model, const std::vector<World>& worlds) {
  if (!model.dom().empty()) {
    throw InvalidArgument("parallel_worlds: the model has inputs", {}, "give them states first");
  }
  std::unordered_set<Name> labels;
  for (BoxId box = 0; box < model.boxes(); ++box) {
    const BoxHead& head = model.head(box);
    labels.insert(head.label);
    if (!head.deterministic && !model.in(box).empty() && head.kind != BoxKind::Identity) {
      throw InvalidArgument("parallel_worlds", "box", "'" + head.label.text() + "'", "deterministic or without inputs");
    }
  }
  for (const World& world : worlds) {
    for (const Assignment& forced : world) {
      if (forced.label.empty() || !labels.contains(forced.label)) {
        throw InvalidArgument("parallel_worlds", "label", "'" + forced.label.text() + "'", "that of a box");
      }
    }
  }
}

const Assignment* forced_value(const World& world, Name label) {
  if (label.empty()) return nullptr;
  const auto last = std::find_if(world.rbegin(), world.rend(), [&](const Assignment& a) { return a.label == label; });
  return last == world.rend() ? nullptr : &*last;
}

}  // namespace

Diagram parallel_worlds(const Diagram& model, const std::vector<World>& worlds) {
  check_model(model, worlds);
  DiagramBuilder builder;
  builder.reserve(worlds.size() * model.wires(), worlds.size() * model.boxes(), worlds.size() * model.ports());
  std::vector<WireId> shared(model.wires(), 0), in;
  const auto put = [&](BoxId box, const BoxHead& head, std::vector<WireId>& wires) {
    WireId first = builder.box(head, in, model.types_of(model.out(box)));
    for (const WireId wire : model.out(box)) wires[wire] = first++;
  };
  for (BoxId box = 0; box < model.boxes(); ++box) {
    in.clear();
    if (is_root(model, box)) put(box, model.head(box), shared);
  }
  for (const World& world : worlds) {
    std::vector<WireId> here = shared;
    for (BoxId box = 0; box < model.boxes(); ++box) {
      in.clear();
      if (const Assignment* forced = forced_value(world, model.head(box).label)) {
        put(box, point_box(forced->value), here);
        continue;
      }
      if (is_root(model, box)) continue;
      for (const WireId wire : model.in(box)) in.push_back(here[wire]);
      put(box, model.head(box), here);
    }
    for (const WireId wire : model.cod()) builder.output(here[wire]);
  }
  return normal_form(builder.build());
}

Diagram twin(const Diagram& model, const World& values) { return parallel_worlds(model, {{}, values}); }

}  // namespace causal
