#pragma once
// Who makes and who reads every wire of a diagram, for drawing.

#include <limits>
#include <vector>

#include "causal/diagram/diagram.hpp"

namespace causal::io {

/// Stands for the whole diagram where a box is named: its inputs make wires, its outputs read them.
inline constexpr BoxId kWholeDiagram = std::numeric_limits<BoxId>::max();

struct WireReader {
  BoxId box = kWholeDiagram;
  std::size_t port = 0;
};

inline std::vector<WireReader> producers_of(const Diagram& diagram) {
  std::vector<WireReader> producer(diagram.wires());
  for (std::size_t i = 0; i < diagram.dom().size(); ++i) producer[diagram.dom()[i]] = {kWholeDiagram, i};
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    for (std::size_t i = 0; i < diagram.out(box).size(); ++i) producer[diagram.out(box)[i]] = {box, i};
  }
  return producer;
}

inline std::vector<std::vector<WireReader>> readers_of(const Diagram& diagram) {
  std::vector<std::vector<WireReader>> readers(diagram.wires());
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    for (std::size_t i = 0; i < diagram.in(box).size(); ++i) readers[diagram.in(box)[i]].push_back({box, i});
  }
  for (std::size_t i = 0; i < diagram.cod().size(); ++i) readers[diagram.cod()[i]].push_back({kWholeDiagram, i});
  return readers;
}

}  // namespace causal::io
