#include "causal/diagram/name.hpp"

#include <deque>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "causal/run/error.hpp"

namespace causal {

namespace {

class NameTable {
 public:
  // Never destroyed: names in static objects may be asked for their texts at exit.
  static NameTable& instance() {
    static auto* const table = new NameTable;
    return *table;
  }

  std::uint32_t intern(std::string_view name) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    }
    const std::unique_lock lock(mutex_);
    if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    CAUSAL_ASSERT(names_.size() < std::numeric_limits<std::uint32_t>::max());
    const auto id = static_cast<std::uint32_t>(names_.size());
    names_.emplace_back(name);
    ids_.emplace(names_.back(), id);
    return id;
  }

  const std::string& text(std::uint32_t id) {
    const std::shared_lock lock(mutex_);
    return names_[id];
  }

 private:
  NameTable() {
    names_.emplace_back();
    ids_.emplace(names_.back(), 0);
  }

  std::shared_mutex mutex_;
  std::deque<std::string> names_;  // a deque never moves its strings
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

}  // namespace

Name::Name(std::string_view name) : id_(NameTable::instance().intern(name)) {}

const std::string& Name::text() const { return NameTable::instance().text(id_); }

}  // namespace causal
